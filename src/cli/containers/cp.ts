import { stat } from 'node:fs/promises';
import { basename, dirname, posix } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { badRequest, CloudError } from '#kernel/errors.ts';
import type { Containers } from '../../sdk/containers.ts';
import { UsageError, verb } from '../arguments.ts';
import { openContainers } from '../cloud.ts';
import { packPath, unpackTo } from './tar.ts';

const USAGE =
  'cp CONTAINER:PATH DESTINATION | cp SOURCE CONTAINER:PATH     (- is a tar on the standard output or input)';

export const cp = verb({ usage: USAGE, options: {}, operands: [2, 2] }, async (_, [from = '', to = '']) => {
  const [source, destination] = [inContainer(from), inContainer(to)];
  if ((source === undefined) === (destination === undefined))
    throw new UsageError(`One of both is in a container.\nUsage: hydria ${USAGE}`);
  const containers = await openContainers();
  if (source) await copyOut(containers, source, to);
  if (destination) await copyIn(containers, from, destination);
  return 0;
});

interface Place {
  readonly ref: string;
  readonly path: string;
}

/** `web:/etc/motd`; a path of this machine that holds a colon begins with `/` or `.`. */
export function inContainer(given: string): Place | undefined {
  const [, ref, path] = /^([^/.:][^/:]*):(.+)$/.exec(given) ?? [];
  return ref === undefined || path === undefined
    ? undefined
    : { ref, path: posix.resolve('/', path) + trailing(path) };
}

const trailing = (path: string): string => (/[^/]\/$/.test(path) ? '/' : '');

async function copyOut(containers: Containers, { ref, path }: Place, to: string): Promise<void> {
  const tar = await containers.readArchive(ref, path);
  if (to === '-') return void process.stdout.write(tar);
  if (await isDirectory(to)) return unpackTo(tar, to, (first) => first || basename(path));
  if (!(await isDirectory(dirname(to)))) throw badRequest(`There is no directory ${dirname(to)}.`);
  await unpackTo(tar, dirname(to), () => basename(to));
}

const isDirectory = async (path: string): Promise<boolean> =>
  (await stat(path).catch(() => undefined))?.isDirectory() ?? false;

/** Into the directory of that name; where there is none, under that name. */
async function copyIn(containers: Containers, from: string, { ref, path }: Place): Promise<void> {
  if (from === '-') return containers.writeArchive(ref, path, await buffer(process.stdin));
  if ((await stat(from).catch(() => undefined)) === undefined) throw badRequest(`There is no ${from}.`);
  try {
    await containers.writeArchive(ref, path, await packPath(from, basename(from)));
  } catch (thrown) {
    const isNoDirectory = thrown instanceof CloudError && ['not-found', 'bad-request'].includes(thrown.kind);
    if (!isNoDirectory || path.endsWith('/') || path === '/') throw thrown;
    await containers.writeArchive(ref, posix.dirname(path), await packPath(from, posix.basename(path)));
  }
}
