import { pipeline, Readable, Transform, type Writable } from 'node:stream';
import { pipeline as piped } from 'node:stream/promises';
import { extract, pack } from 'tar-stream';
import { badRequest, CloudError, notFound } from '#kernel/errors.ts';
import { uploadEntries } from '../archive/upload.ts';
import type { ArchiveContent, ArchiveLimits, ArchiveStat, ArchiveUpload } from '../driver.ts';
import type { Engine } from './engine.ts';
import { namesOf } from './handle.ts';

const STAT_HEADER = 'x-docker-container-path-stat';
const GO_DIRECTORY = 2 ** 31;

/** What is at a path, as Docker tells and tars it. It is read twice, since nothing too large may begin to go out. */
export async function getArchive(
  engine: Engine,
  id: string,
  { path, limits }: { readonly path: string; readonly limits: ArchiveLimits },
): Promise<ArchiveContent> {
  checkPath(path);
  const read = () => engine.stream(`/containers/${namesOf(id).workload}/archive`, { path });
  await measure(await read(), limits);
  const tar = await read();
  return { stat: statOf(tar.headers[STAT_HEADER]), tar };
}

/** Hands on to Docker what may be unpacked. */
export async function putArchive(
  engine: Engine,
  id: string,
  { path, upload }: { readonly path: string; readonly upload: ArchiveUpload },
): Promise<void> {
  checkPath(path);
  await checkDirectory(engine, id, path);
  const tar = Readable.from(repacked(upload), { objectMode: false });
  await engine.ask((docker) => docker.getContainer(namesOf(id).workload).putArchive(tar, { path }));
}

/** All that is in the root, less what is mounted there. */
export async function exportRoot(engine: Engine, id: string, { maxBytes }: ArchiveLimits): Promise<Readable> {
  const stream = await engine.stream(`/containers/${namesOf(id).workload}/export`, {});
  let bytes = 0;
  const counted = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      done(bytes > maxBytes ? tooLarge() : null, chunk);
    },
  });
  return pipeline(stream, counted, () => {});
}

function checkPath(path: string): void {
  if (path.includes('\0')) throw badRequest('A path must not hold NUL characters.');
}

async function checkDirectory(engine: Engine, id: string, path: string): Promise<void> {
  const container = namesOf(id).workload;
  const answer = await engine
    .ask((docker) => docker.getContainer(container).infoArchive({ path: `${path.replace(/\/+$/, '')}/.` }))
    .catch((thrown: unknown) => {
      if (!(thrown instanceof CloudError && thrown.kind === 'not-found')) throw thrown;
      throw notFound(`Could not find the file ${path} in the container.`, { cause: thrown });
    });
  const { headers } = answer as unknown as { readonly headers: Readonly<Record<string, string>> };
  if (statOf(headers[STAT_HEADER]).mode < GO_DIRECTORY)
    throw badRequest(`${path} is no directory of the container.`);
}

const statOf = (header: string | string[] | undefined): ArchiveStat =>
  JSON.parse(Buffer.from(String(header), 'base64').toString()) as ArchiveStat;

async function measure(tar: Readable, { maxBytes, maxEntries }: ArchiveLimits): Promise<void> {
  let bytes = 0;
  let entries = 0;
  for await (const member of pipeline(tar, extract(), () => {})) {
    bytes += member.header.size ?? 0;
    if (bytes > maxBytes || ++entries > maxEntries) throw tooLarge();
    member.resume();
  }
}

async function* repacked(upload: ArchiveUpload): AsyncGenerator<Uint8Array> {
  const tar = pack();
  const filling = async (): Promise<void> => {
    for await (const { target, content, ...entry } of uploadEntries(upload)) {
      const isLink = entry.type === 'symlink' || entry.type === 'link';
      const header = isLink ? { ...entry, linkname: target, size: 0 } : entry;
      await piped(content, tar.entry(header) as unknown as Writable); // a stream of streamx, which pipeline takes
    }
  };
  void filling().then(
    () => tar.finalize(),
    (thrown: Error) => tar.destroy(thrown),
  );
  yield* tar as AsyncIterable<unknown> as AsyncIterable<Uint8Array>;
}

const tooLarge = (): CloudError => new CloudError('too-large', 'The archive is too large.');
