import { posix } from 'node:path';
import { pipeline, Readable, type Writable } from 'node:stream';
import { pipeline as piped } from 'node:stream/promises';
import { extract, pack, type Header } from 'tar-stream';
import { isoTime } from '#kernel/clock.ts';
import { CloudError, conflict, notFound } from '#kernel/errors.ts';
import { goMode } from '../archive/go-mode.ts';
import { uploadEntries } from '../archive/upload.ts';
import type { ArchiveContent, ArchiveLimits, ArchiveStat, ArchiveUpload } from '../driver.ts';
import { ask, runCommand, type MachineCommand } from './agent/client.ts';
import type { Records } from './agent/records.ts';

/** In the machine: `root` is what the workload sees, `layer` its root without what is mounted there. */
type Place = 'root' | 'layer';

const tool = (place: Place, args: readonly string[]): Records => [
  ['tool', place],
  ['arg', 'busybox'],
  ...args.map((arg) => ['arg', arg] as const),
];

/** As `ArchiveAbility.get`. @param done called once nobody reads any more */
export async function packFrom(
  socket: string,
  path: string,
  limits: ArchiveLimits,
  done: () => void,
): Promise<ArchiveContent> {
  const shown = await resolved(socket, path);
  const { stat, mode } = await statOf(socket, shown);
  await checkSize(socket, shown, mode, limits);
  const [folder, name] = [posix.dirname(shown), posix.basename(shown)];
  const args =
    name === '' ? ['tar', '-cf', '-', '-C', '/', '.'] : ['tar', '-cf', '-', '-C', folder, '--', name];
  return { stat, tar: await tarOf(socket, tool('root', args), limits, done) };
}

/** As `CommitAbility.layer`. */
export const layerFrom = (socket: string, limits: ArchiveLimits, done: () => void): Promise<Readable> =>
  tarOf(socket, tool('layer', ['tar', '-cf', '-', '-C', '/', '.']), limits, done);

/** As `ArchiveAbility.put`. */
export async function unpackTo(socket: string, path: string, upload: ArchiveUpload): Promise<void> {
  const { mode } = await statOf(socket, `${path}/`);
  if ((mode & 0o170000) !== 0o040000) throw notFound(`${path} is no directory.`);
  const command = await runCommand(socket, [...tool('root', ['tar', '-xf', '-', '-C', path]), ['input', 1]]);
  const said = wordsOf(command);
  try {
    const tar = pack();
    await Promise.all([
      fill(tar, upload).then(
        () => tar.finalize(),
        (thrown: Error) => (tar.destroy(thrown), Promise.reject(thrown)),
      ),
      feed(command, tar),
    ]);
  } catch (thrown) {
    command.hangUp();
    await said;
    throw thrown;
  }
  const words = await said;
  const end = await command.ended;
  if (end === null) throw conflict('The machine ended while it unpacked.');
  if (end.exitCode !== 0) throw conflict(words.trim() || 'The archive could not be unpacked.');
  await ask(socket, 'sync');
}

async function fill(tar: ReturnType<typeof pack>, upload: ArchiveUpload): Promise<void> {
  for await (const { content, target, ...entry } of uploadEntries(upload)) {
    const header = { ...entry, ...(target === '' ? {} : { linkname: target }) };
    await piped(content, tar.entry(header) as unknown as Writable); // a stream of streamx, which pipeline takes
  }
}

async function feed(command: MachineCommand, tar: AsyncIterable<unknown>): Promise<void> {
  for await (const chunk of tar as AsyncIterable<Uint8Array>) await command.write(chunk);
  command.end();
}

async function wordsOf(command: MachineCommand): Promise<string> {
  let words = '';
  for await (const chunk of command.output()) words = (words + chunk.toString()).slice(0, 4096);
  return words;
}

/** Only a path that ends with `/` or `/.` has its last link followed. */
async function resolved(socket: string, path: string): Promise<string> {
  if (!/\/\.?$/.test(path)) return posix.normalize(path);
  const command = await runCommand(socket, tool('root', ['realpath', path]));
  const words = await wordsOf(command);
  if ((await command.ended)?.exitCode !== 0) throw notFound(`There is no ${path}.`);
  return words.trim();
}

async function statOf(
  socket: string,
  path: string,
): Promise<{ readonly stat: ArchiveStat; readonly mode: number }> {
  const [record] = await ask(socket, 'stat', [['path', path]]);
  const text = record?.[1].toString() ?? '';
  const [octal = '0', size = '0', seconds = '0'] = text.split(' ');
  const target = text.split(' ').slice(3).join(' ');
  const mode = Number.parseInt(octal, 8);
  return {
    mode,
    stat: {
      name: posix.basename(path) || '/',
      size: Number(size),
      mode: goMode(mode),
      mtime: isoTime(new Date(Number.parseFloat(seconds) * 1000)),
      linkTarget: target === '' ? '' : posix.resolve(posix.dirname(path), target),
    },
  };
}

/** Said before the first byte; what grows meanwhile is cut off by the stream. */
async function checkSize(socket: string, path: string, mode: number, limits: ArchiveLimits): Promise<void> {
  if ((mode & 0o170000) !== 0o040000) return;
  const command = await runCommand(socket, tool('root', ['du', '-s', '-k', path]));
  const kib = Number.parseInt(await wordsOf(command), 10);
  if (kib * 1024 > limits.maxBytes) throw tooLarge(limits);
}

const tooLarge = ({ maxBytes, maxEntries }: ArchiveLimits): CloudError =>
  new CloudError(
    'too-large',
    `The archive is too large: more than ${maxBytes} bytes or ${maxEntries} files.`,
  );

/** The machine's tar, read and written anew: what leaves the host is well formed, and no larger than allowed. */
async function tarOf(
  socket: string,
  process: Records,
  limits: ArchiveLimits,
  done: () => void,
): Promise<Readable> {
  const command = await runCommand(socket, process);
  const tar = pack();
  const members = pipeline(Readable.from(command.output()), extract(), () => {});
  let [bytes, entries] = [0, 0];
  const copying = async () => {
    for await (const member of members) {
      const header = member.header;
      bytes += header.size ?? 0;
      if (bytes > limits.maxBytes || ++entries > limits.maxEntries) throw tooLarge(limits);
      const name = header.name.replace(/^(\.\/)+/, '');
      if (name === '' || name === '.') member.resume();
      else await piped(member as unknown as Readable, tar.entry(named(header, name)) as unknown as Writable);
    }
    const end = await command.ended;
    if (end?.exitCode !== 0) throw new CloudError('internal', 'The machine could not read all of it.');
  };
  void copying()
    .then(
      () => tar.finalize(),
      (thrown: Error) => tar.destroy(thrown),
    )
    .finally(() => {
      command.hangUp();
      done();
    });
  const out = Readable.from(tar as AsyncIterable<Uint8Array>, { objectMode: false });
  out.once('close', () => command.hangUp());
  return out;
}

const named = (header: Header, name: string) => ({
  ...header,
  name,
  ...(header.type === 'link' && header.linkname ? { linkname: header.linkname.replace(/^(\.\/)+/, '') } : {}),
});
