import { checkDestinations } from '#kernel/destinations.ts';
import { badRequest } from '#kernel/errors.ts';
import { flagOf } from '../schema/common.ts';
import type { CreateContainerBody } from '../schema/container.ts';
import type { MountBody, SecretBody } from '../schema/mount.ts';
import type { FileMount, VolumeMount } from './mount.ts';

type AsFile = Pick<FileMount, 'destination' | 'mode' | 'uid' | 'gid'>;

/** A mount as the user named it: a volume by id or name, a secret by its reference. */
export type MountRequest =
  | (Pick<VolumeMount, 'destination' | 'readOnly' | 'madeSize'> & {
      readonly kind: 'volume';
      readonly volume: string;
    })
  | FileMount
  | (AsFile & { readonly kind: 'secret'; readonly secret: string });

/** Of all files of a container together: they travel with its description. */
const MAX_FILE_BYTES = 256 * 1024;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const FILE_MODE = '0644';
const SECRET_MODE = '0444';

/** @throws CloudError `bad-request` for what cannot be mounted, or not there */
export function readMounts({
  mounts,
  secrets,
}: Pick<CreateContainerBody, 'mounts' | 'secrets'>): MountRequest[] {
  const asked = [...(mounts ?? []).map(readMount), ...(secrets ?? []).flatMap(readSecretFile)];
  const plain = checkDestinations(asked.map(({ destination }) => destination));
  const files = asked.filter((mount) => mount.kind === 'file');
  const bytes = files.reduce((sum, { content }) => sum + Buffer.byteLength(content, 'base64'), 0);
  if (bytes > MAX_FILE_BYTES)
    throw badRequest(
      `Invalid input for field mounts: the files have ${bytes} bytes, more than ${MAX_FILE_BYTES}.`,
    );
  return asked.map((mount, index) => ({ ...mount, destination: plain[index] ?? '' }));
}

function readMount(body: MountBody): MountRequest {
  const { source, size, destination } = body;
  if (body.type === 'bind') return readFile(body);
  if (body.mode !== undefined || body.uid !== undefined || body.gid !== undefined)
    throw invalid(destination, 'mode, uid and gid are for files');
  if (!source && !size) throw invalid(destination, 'a volume has a source or a size');
  if (source && size) throw invalid(destination, 'a volume has a source or a size, not both');
  if (size && Number(size) < 1) throw invalid(destination, 'a volume has at least 1 GB');
  const readOnly = flagOf(body.read_only);
  if (size && readOnly) throw invalid(destination, 'a new volume is empty: nobody could write to it');
  return {
    kind: 'volume',
    volume: source ?? '',
    madeSize: size ? Number(size) : null,
    destination,
    readOnly,
  };
}

function readFile({ source, size, read_only, destination, ...rights }: MountBody): MountRequest {
  if (size || read_only !== undefined) throw invalid(destination, 'a file takes no size and no read_only');
  if (source === null || source === undefined || !BASE64.test(source))
    throw invalid(destination, 'the source of a file is its content in base64');
  return { kind: 'file', content: source, ...asFile({ destination, ...rights }, FILE_MODE) };
}

function readSecretFile({ source, destination, env, ...rights }: SecretBody): MountRequest[] {
  if ((destination === undefined) === (env === undefined))
    throw badRequest('Invalid input for field secrets: each has either a destination or an env.');
  if (destination === undefined) return [];
  return [{ kind: 'secret', secret: source, ...asFile({ destination, ...rights }, SECRET_MODE) }];
}

/** A secret as a variable of the environment, by its reference. */
export interface SecretEnvRequest {
  readonly name: string;
  readonly secret: string;
}

/** @throws CloudError `bad-request` for rights, which only files have, and for a variable that is set twice */
export function readSecretEnv({
  environment,
  secrets,
}: Pick<CreateContainerBody, 'environment' | 'secrets'>): SecretEnvRequest[] {
  const seen = new Set(Object.keys(environment ?? {}));
  return (secrets ?? []).flatMap(({ source, env, mode, uid, gid }) => {
    if (env === undefined) return [];
    if ([mode, uid, gid].some((right) => right !== undefined))
      throw badRequest(`Invalid input for field secrets: ${env}: mode, uid and gid are for files.`);
    if (seen.has(env)) throw badRequest(`Invalid input for field secrets: ${env} is set twice.`);
    seen.add(env);
    return [{ name: env, secret: source }];
  });
}

const asFile = (
  { destination, mode, uid = 0, gid = 0 }: Pick<MountBody, 'destination' | 'mode' | 'uid' | 'gid'>,
  otherwise: string,
): AsFile => ({ destination, mode: Number.parseInt(mode ?? otherwise, 8), uid, gid });

const invalid = (destination: string, why: string) =>
  badRequest(`Invalid input for field mounts: ${destination}: ${why}.`);
