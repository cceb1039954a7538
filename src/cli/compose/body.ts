import { createHash } from 'node:crypto';
import { resolve } from 'node:path';
import { badRequest, messageOf } from '#kernel/errors.ts';
import type { Mount, Project, Service } from '../../compose-file/model.ts';
import { containerNameOf, hostnameOf, LABELS } from '../../compose-file/plan.ts';
import type { CreateContainerBody } from '../../sdk/containers.ts';
import { fileOf } from '../containers/run-options.ts';
import { bytesOf, type Surroundings } from './surroundings.ts';
import type { Loaded } from './load.ts';

/** What the containers of a service have in common, and the hash that tells whether one is still what it should be. */
export interface ServiceBody {
  readonly common: CreateContainerBody;
  readonly hash: string;
}

export async function serviceBody(
  loaded: Loaded,
  around: Surroundings,
  service: Service,
): Promise<ServiceBody> {
  const files = await Promise.all(service.mounts.map((mount) => mountOf(loaded, around, mount)));
  const secrets = service.mounts.flatMap((mount) =>
    mount.kind === 'secret' ? [secretOf(around, mount)] : [],
  );
  const { entrypoint, cpu, memory, restart, workdir, runtime, healthcheck, logging } = service;
  const common = clean({
    image: service.image,
    command: service.command === undefined ? undefined : [...service.command],
    entrypoint: entrypoint === undefined ? undefined : [...entrypoint],
    environment: { ...service.environment },
    labels: { ...service.labels },
    nets: service.networks.map(({ network, addresses }) =>
      netOf(around.networks.get(network) ?? '', addresses),
    ),
    exposed_ports:
      service.ports.length === 0 ? undefined : Object.fromEntries(service.ports.map((port) => [port, {}])),
    mounts: files.flat(),
    secrets,
    cpu,
    memory,
    restart_policy: restart,
    workdir,
    runtime,
    healthcheck,
    log: logging,
    tty: service.tty || undefined,
    interactive: service.stdin || undefined,
    privileged: service.privileged || undefined,
  });
  const hash = createHash('sha256')
    .update(JSON.stringify([common, service.hostname]))
    .digest('hex');
  return { common, hash };
}

/** One container of a service. */
export const containerBody = (
  project: Project,
  service: Service,
  { common, hash }: ServiceBody,
  number: number,
): CreateContainerBody => ({
  ...common,
  name: containerNameOf(project, service, number),
  hostname: hostnameOf(service, number),
  labels: { ...common.labels, ...labelsOf(project, service, hash, number) },
});

export const labelsOf = (project: Project, service: Service, hash: string, number: number) => ({
  [LABELS.project]: project.name,
  [LABELS.service]: service.name,
  [LABELS.number]: String(number),
  [LABELS.hash]: hash,
});

function clean(body: Readonly<Record<string, unknown>>): CreateContainerBody {
  const isEmpty = (value: unknown) =>
    value === undefined || (typeof value === 'object' && Object.keys(value as object).length === 0);
  return Object.fromEntries(
    Object.entries(body).filter(([, value]) => !isEmpty(value)),
  ) as CreateContainerBody;
}

const netOf = (network: string, addresses: readonly string[]) => ({
  network,
  ...Object.fromEntries(addresses.map((one) => [one.includes(':') ? 'v6-fixed-ip' : 'v4-fixed-ip', one])),
});

type Given = Extract<Mount, { kind: 'secret' | 'config' }>;

const secretOf = (around: Surroundings, { kind: _kind, source, ...rest }: Given) => ({
  ...rest,
  source: around.secrets.get(source) ?? '',
});

async function mountOf({ project, directory }: Loaded, around: Surroundings, mount: Mount) {
  if (mount.kind === 'secret') return [];
  if (mount.kind === 'volume') {
    const source = around.volumes.get(mount.volume) ?? '';
    return [
      { type: 'volume', source, destination: mount.destination, ...(mount.readOnly && { read_only: true }) },
    ];
  }
  if (mount.kind === 'file') {
    const source = await fileOf(resolve(directory, mount.path)).catch((thrown: unknown) => {
      throw badRequest(`${mount.place}${messageOf(thrown)}`, { cause: thrown });
    });
    return [{ type: 'bind', source, destination: mount.destination }];
  }
  const { kind: _kind, source, ...rest } = mount;
  const content = project.configs.get(source);
  if (content === undefined || content.kind === 'external')
    throw badRequest(`Config ${source} is external: this cloud keeps none. Say file or content.`);
  return [{ ...rest, type: 'bind', source: (await bytesOf(content, directory)).toString('base64') }];
}
