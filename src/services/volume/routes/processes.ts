import { route, type Route } from '#kernel/http/route.ts';
import {
  HostBody,
  HostParams,
  HostStatusBody,
  ListProcesses,
  ProcessBody,
  ProcessReasonBody,
} from '../schema/periphery.ts';
import type { HostService } from '../service/hosts.ts';
import type { ProcessService } from '../service/processes.ts';
import { hostUsageView, hostView, processView } from '../view/periphery.ts';

const UPDATE = { rule: 'volume_extension:services:update' };

export const processRoutes = (processes: ProcessService): Route[] => [
  route({
    method: 'GET',
    url: '/v3/os-services',
    name: 'list-services',
    summary: 'List what keeps volumes, makes backups and chooses places.',
    access: { rule: 'volume_extension:services:index' },
    query: ListProcesses,
    status: 200,
    async handle({ ctx, query }) {
      return { services: (await processes.list(ctx, query)).map((one) => processView(one, { ctx })) };
    },
  }),
  ...([true, false] as const).map((disabled) => switchRoute(processes, disabled)),
  route({
    method: 'PUT',
    url: '/v3/os-services/disable-log-reason',
    name: 'disable-service-with-reason',
    summary: 'Let nothing new come to a service, and say why.',
    access: UPDATE,
    body: ProcessReasonBody,
    status: 200,
    async handle({ ctx, body: { host, disabled_reason, ...body } }) {
      const binary = body.binary ?? body.service ?? '';
      await processes.say(ctx, { host, binary }, { disabled: true, disabledReason: disabled_reason });
      return { ...stateView(host, binary, true), disabled_reason };
    },
  }),
  ...([true, false] as const).map((frozen) => freezeRoute(processes, frozen)),
];

const stateView = (host: string, binary: string, disabled: boolean) => ({
  host,
  service: binary,
  binary,
  disabled,
  status: disabled ? 'disabled' : 'enabled',
});

const switchRoute = (processes: ProcessService, disabled: boolean): Route =>
  route({
    method: 'PUT',
    url: `/v3/os-services/${disabled ? 'disable' : 'enable'}`,
    name: disabled ? 'disable-service' : 'enable-service',
    summary: disabled ? 'Let nothing new come to a service.' : 'Let new things come to a service again.',
    access: UPDATE,
    body: ProcessBody,
    status: 200,
    async handle({ ctx, body: { host, ...body } }) {
      const binary = body.binary ?? body.service ?? '';
      await processes.say(ctx, { host, binary }, { disabled, disabledReason: null });
      return { ...stateView(host, binary, disabled), ...(!disabled && { disabled_reason: null }) };
    },
  });

const freezeRoute = (processes: ProcessService, frozen: boolean): Route =>
  route({
    method: 'PUT',
    url: `/v3/os-services/${frozen ? 'freeze' : 'thaw'}`,
    name: frozen ? 'freeze-host' : 'thaw-host',
    summary: frozen
      ? 'Forbid that anything is made or deleted in a backend.'
      : 'Allow again that things are made and deleted in a backend.',
    access: { rule: frozen ? 'volume:freeze_host' : 'volume:thaw_host' },
    body: HostBody,
    status: 200,
    async handle({ ctx, body }) {
      await processes.freeze(ctx, body.host, frozen);
      return {};
    },
  });

export const hostRoutes = (hosts: HostService, processes: ProcessService): Route[] => [
  route({
    method: 'GET',
    url: '/v3/os-hosts',
    name: 'list-hosts',
    summary: 'List the hosts of services.',
    access: { rule: 'volume_extension:hosts' },
    query: ListProcesses,
    status: 200,
    async handle({ ctx, query: { binary, host } }) {
      return { hosts: (await processes.list(ctx, { binary, host })).map(hostView) };
    },
  }),
  route({
    method: 'GET',
    url: '/v3/os-hosts/:host',
    name: 'get-host',
    summary: 'Show what projects have on a host.',
    access: { rule: 'volume_extension:hosts' },
    params: HostParams,
    status: 200,
    async handle({ ctx, params: { host } }) {
      return { host: (await hosts.usage(ctx, host)).map((usage) => hostUsageView(host, usage)) };
    },
  }),
  route({
    method: 'PUT',
    url: '/v3/os-hosts/:host',
    name: 'update-host',
    summary: 'Enable or disable what keeps volumes on a host.',
    access: { rule: 'volume_extension:hosts' },
    params: HostParams,
    body: HostStatusBody,
    status: 200,
    async handle({ ctx, params: { host }, body: { status } }) {
      const disabled = status === 'disable';
      await processes.say(ctx, { host, binary: 'cinder-volume' }, { disabled, disabledReason: null });
      return { host, status: disabled ? 'disabled' : 'enabled' };
    },
  }),
];
