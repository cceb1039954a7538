import type { Ctx } from '#kernel/context.ts';
import { badRequest } from '#kernel/errors.ts';
import { newUuid } from '#kernel/ids.ts';
import type { VolumeInfo } from '#services/volume/port.ts';
import type { Mount, VolumeMount } from '../model/mount.ts';
import type { SecretEnv } from '#node/protocol.ts';
import type { MountRequest, SecretEnvRequest } from '../model/mount-request.ts';
import type { ContainerDeps } from './deps.ts';

type Asked<K extends MountRequest['kind']> = Extract<MountRequest, { kind: K }>;
type Deps = Pick<ContainerDeps, 'volumes' | 'secrets'>;

/**
 * What the user named, found, and seen to be the user's to take.
 * @param requestedHost where the user wants the container; null = anywhere
 * @throws CloudError `not-found`; `forbidden`; `bad-request` for a volume that cannot be had there
 */
export async function resolveMounts(
  deps: Deps,
  ctx: Ctx,
  {
    mounts,
    requestedHost,
  }: { readonly mounts: readonly MountRequest[]; readonly requestedHost: string | null },
): Promise<Mount[]> {
  const found: Mount[] = [];
  for (const mount of mounts) found.push(await resolveMount(deps, ctx, mount));
  const volumes = found.filter((mount) => mount.kind === 'volume');
  const twice = volumes.find(
    ({ volumeId }, index) => volumes.findIndex((v) => v.volumeId === volumeId) < index,
  );
  if (twice) throw badRequest(`Volume ${twice.volumeId} is mounted twice.`);
  assertOnOneHost(volumes, requestedHost);
  return found;
}

async function resolveMount(deps: Deps, ctx: Ctx, mount: MountRequest): Promise<Mount> {
  switch (mount.kind) {
    case 'file':
      return mount;
    case 'secret':
      return resolveSecret(deps, ctx, mount);
    case 'volume':
      return mount.madeSize === null ? resolveVolume(deps, ctx, mount) : newVolume(mount);
  }
}

/** Likewise of secrets in the environment. */
export async function resolveSecretEnv(
  deps: Deps,
  ctx: Ctx,
  asked: readonly SecretEnvRequest[],
): Promise<SecretEnv[]> {
  const found: SecretEnv[] = [];
  for (const { name, secret } of asked) found.push({ name, secretId: await findSecret(deps, ctx, secret) });
  return found;
}

async function resolveSecret(deps: Deps, ctx: Ctx, { secret, ...file }: Asked<'secret'>): Promise<Mount> {
  return { ...file, secretId: await findSecret(deps, ctx, secret) };
}

/** The secret is read here to know that the user may; its node reads it for the container. */
async function findSecret(deps: Deps, ctx: Ctx, secret: string): Promise<string> {
  await deps.secrets().payload(ctx, secret);
  return secret.replace(/\/+$/, '').split('/').at(-1) ?? '';
}

async function resolveVolume(
  deps: Deps,
  ctx: Ctx,
  { volume, destination, readOnly }: Asked<'volume'>,
): Promise<Mount> {
  const info = await deps.volumes().get(ctx, volume);
  const { id, host } = info;
  if (host === null || !isFree(info)) throw badRequest(`Volume ${volume} not usable for the container.`);
  const mount = { volumeId: id, attachmentId: newUuid(), host, madeSize: null, destination };
  return { kind: 'volume', ...mount, readOnly: readOnly || info.readOnly };
}

const isFree = ({ status, multiattach }: VolumeInfo): boolean =>
  status === 'available' || (multiattach && status === 'in-use');

const newVolume = ({ madeSize, destination, readOnly }: Asked<'volume'>): Mount => ({
  kind: 'volume',
  volumeId: newUuid(),
  attachmentId: newUuid(),
  host: null,
  madeSize,
  destination,
  readOnly,
});

function assertOnOneHost(volumes: readonly VolumeMount[], requestedHost: string | null): void {
  const hosts = new Set([...volumes.map(({ host }) => host), requestedHost].filter((host) => host !== null));
  if (hosts.size > 1)
    throw badRequest(`No one node can have these volumes: they are kept by ${[...hosts].sort().join(', ')}.`);
}
