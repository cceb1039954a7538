import { Reply, route, type Route } from '#kernel/http/route.ts';
import type { Policy } from '#kernel/policy/policy.ts';
import { isAtLeast } from '#kernel/microversion.ts';
import { isTrue, VolumeParams } from '../schema/common.ts';
import { CreateVolume, DeleteVolume, ListVolumes, SummaryQuery, UpdateVolume } from '../schema/volume.ts';
import type { VolumeCreation } from '../service/creation.ts';
import type { VolumeService } from '../service/volumes.ts';
import { volumeBriefView, volumeMadeView, volumeView } from '../view/volume.ts';
import { listRoutes } from './list-routes.ts';
import { viewerOf } from './v3.ts';

export interface VolumeRouteDeps {
  readonly volumes: VolumeService;
  readonly creation: VolumeCreation;
  readonly policy: Policy;
}

export const volumeRoutes = (deps: VolumeRouteDeps): Route[] => [
  ...collectionRoutes(deps),
  ...memberRoutes(deps),
];

const collectionRoutes = ({ volumes, creation, policy }: VolumeRouteDeps): Route[] => [
  route({
    method: 'POST',
    url: '/v3/volumes',
    name: 'create-volume',
    summary: 'Create a volume: empty, or of an image, snapshot, volume or backup.',
    access: { rule: 'volume:create' },
    body: CreateVolume,
    status: 202,
    async handle(call) {
      const volume = await creation.create(call.ctx, call.body.volume);
      const [detail] = await volumes.detail([volume]);
      const view = detail && volumeMadeView(detail, viewerOf(call, policy));
      return new Reply({ volume: view }, { headers: { location: view?.links[0]?.href ?? '' } });
    },
  }),
  ...listRoutes({
    path: 'volumes',
    rule: 'volume:get_all',
    query: ListVolumes,
    policy,
    list: (ctx, query) => volumes.list(ctx, query),
    brief: (items, viewer) => items.map((item) => volumeBriefView(item, viewer)),
    detail: async (items, viewer) =>
      (await volumes.detail(items)).map((detail) => volumeView(detail, viewer)),
  }),
  route({
    method: 'GET',
    url: '/v3/volumes/summary',
    name: 'summarize-volumes',
    summary: 'How many volumes there are, how large together, and their metadata.',
    access: { rule: 'volume:get_all' },
    since: '3.12',
    query: SummaryQuery,
    status: 200,
    async handle({ ctx, query }) {
      const { count, size, metadata } = await volumes.summary(ctx, query);
      const more = isAtLeast(ctx.microversion, '3.36') ? { metadata } : {};
      return { 'volume-summary': { total_count: count, total_size: size, ...more } };
    },
  }),
];

const memberRoutes = ({ volumes, policy }: VolumeRouteDeps): Route[] => [
  route({
    method: 'GET',
    url: '/v3/volumes/:volume',
    name: 'get-volume',
    summary: 'Show a volume.',
    access: { rule: 'volume:get' },
    params: VolumeParams,
    status: 200,
    async handle(call) {
      const detail = await volumes.show(call.ctx, call.params.volume);
      return { volume: volumeView(detail, viewerOf(call, policy)) };
    },
  }),
  route({
    method: 'GET',
    url: '/v3/volumes/:volume/progress',
    name: 'get-volume-progress',
    summary: 'What the node does with a volume, or why it waits. Ours alone: Cinder has no such call.',
    access: { rule: 'volume:get' },
    params: VolumeParams,
    status: 200,
    async handle({ ctx, params }) {
      const { volume, reason } = await volumes.progress(ctx, params.volume);
      return { progress: { status: volume.status, reason } };
    },
  }),
  route({
    method: 'PUT',
    url: '/v3/volumes/:volume',
    name: 'update-volume',
    summary: 'Change name, description or metadata of a volume.',
    access: { rule: 'volume:update' },
    params: VolumeParams,
    body: UpdateVolume,
    status: 200,
    async handle(call) {
      const detail = await volumes.update(call.ctx, call.params.volume, call.body.volume);
      return { volume: volumeMadeView(detail, viewerOf(call, policy)) };
    },
  }),
  route({
    method: 'DELETE',
    url: '/v3/volumes/:volume',
    name: 'delete-volume',
    summary: 'Delete a volume, with `cascade` its snapshots too.',
    access: { rule: 'volume:delete' },
    params: VolumeParams,
    query: DeleteVolume,
    status: 202,
    async handle({ ctx, params, query }) {
      const force = isTrue(query.force) && isAtLeast(ctx.microversion, '3.23');
      await volumes.delete(ctx, params.volume, { cascade: isTrue(query.cascade), force });
    },
  }),
];
