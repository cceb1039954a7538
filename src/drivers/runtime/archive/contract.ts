import { once } from 'node:events';
import { pipeline, Readable } from 'node:stream';
import { extract, pack, type Header } from 'tar-stream';
import { describe, expect, it } from 'vitest';
import type { Program } from '../contract.ts';
import type { RuntimeDriver, RuntimeHandle } from '../driver.ts';

export interface ArchiveBench {
  readonly driver: RuntimeDriver;
  readonly ensure: (program: Program) => Promise<RuntimeHandle>;
  readonly run: (program: Program) => Promise<RuntimeHandle>;
  readonly runToEnd: (program: Program) => Promise<RuntimeHandle>;
}

type Member = Partial<Header> & { readonly name: string; readonly text?: string };

const LIMITS = { maxBytes: 1 << 26, maxEntries: 10_000 };
const FILES: readonly Member[] = [
  { name: 'd/', type: 'directory', mode: 0o750 },
  { name: 'd/file', text: 'text', mode: 0o640 },
  { name: 'd/link', type: 'symlink', linkname: 'file' },
];
const FOUND = { 'd/': '', 'd/file': 'text', 'd/link': '-> file' };

/** A tar of these. */
export async function* tarOf(members: readonly Member[]): AsyncGenerator<Uint8Array> {
  const tar = pack();
  for (const { text, ...header } of members) tar.entry(header, text ?? '');
  tar.finalize();
  yield* tar as AsyncIterable<unknown> as AsyncIterable<Uint8Array>;
}

/** What is in a tar: text of files, `-> target` of links, nothing of directories. */
export async function contentOf(tar: AsyncIterable<Uint8Array>): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for await (const member of pipeline(Readable.from(tar), extract(), () => {})) {
    const chunks = await Array.fromAsync(member as AsyncIterable<unknown> as AsyncIterable<Uint8Array>);
    const { name, linkname } = member.header;
    found[name] = linkname ? `-> ${linkname}` : Buffer.concat(chunks).toString();
  }
  return found;
}

/** The part of the contract on what is in a workload. */
export function archiveContract(bench: ArchiveBench): void {
  const put = (handle: RuntimeHandle, path: string, members: readonly Member[], limits = LIMITS) =>
    bench.driver.archive?.put(handle, path, { tar: tarOf(members), limits });
  const get = async (handle: RuntimeHandle, path: string) => {
    const content = await bench.driver.archive?.get(handle, path, LIMITS);
    return { stat: content?.stat, files: await contentOf(content?.tar ?? Readable.from([])) };
  };

  describe('archives', () => {
    it.each<[string, () => Promise<RuntimeHandle>]>([
      ['created', () => bench.ensure('patient')],
      ['running', () => bench.run('patient')],
      ['stopped', () => bench.runToEnd('failing')],
    ])('go in and out of a %s workload', async (_, make) => {
      const handle = await make();
      await put(handle, '/tmp', FILES);
      const { stat, files } = await get(handle, '/tmp/d');
      expect(stat).toMatchObject({ name: 'd', mode: 2 ** 31 + 0o750, linkTarget: '' });
      expect(files).toEqual(FOUND);
      expect((await get(handle, '/tmp/d/file')).stat).toMatchObject({ name: 'file', size: 4, mode: 0o640 });
      expect((await get(handle, '/tmp/d/link')).stat).toMatchObject({
        name: 'link',
        linkTarget: '/tmp/d/file',
      });
    });

    it('go in and out of a paused workload, which stays so', async () => {
      const handle = await bench.run('patient');
      await bench.driver.pause?.pause(handle);
      await put(handle, '/tmp', FILES);
      expect((await get(handle, '/tmp/d')).files).toEqual(FOUND);
      expect((await bench.driver.inspect(handle)).status).toBe('paused');
    });

    it('are refused for what is not there, for hostile names, and when they are too large', async () => {
      const handle = await bench.ensure('patient');
      await expect(get(handle, '/nothing')).rejects.toMatchObject({ kind: 'not-found' });
      await expect(put(handle, '/nothing', FILES)).rejects.toMatchObject({ kind: 'not-found' });
      for (const name of ['/absolute', '../climbs', 'a/../../climbs'])
        await expect(put(handle, '/tmp', [{ name }])).rejects.toMatchObject({ kind: 'bad-request' });
      await expect(put(handle, '/tmp', FILES, { ...LIMITS, maxBytes: 3 })).rejects.toMatchObject({
        kind: 'too-large',
      });
      await bench.driver.remove(handle);
      await expect(get(handle, '/tmp')).rejects.toMatchObject({ kind: 'not-found' });
    });

    it('can be of the whole root, while the workload is at rest', async () => {
      const handle = await bench.run('patient');
      await put(handle, '/tmp', FILES);
      const layer = await bench.driver.commit?.layer(handle, LIMITS);
      expect(await contentOf(layer ?? Readable.from([]))).toMatchObject({
        'tmp/d/file': 'text',
        'tmp/d/link': '-> file',
      });
      await expect.poll(async () => (await bench.driver.inspect(handle)).status).toBe('running');
    });

    it('can be paused while its root is copied, and stays so', async () => {
      const handle = await bench.run('patient');
      const layer = await bench.driver.commit?.layer(handle, LIMITS);
      await bench.driver.pause?.pause(handle);
      const closed = layer && once(layer, 'close');
      layer?.resume();
      await closed;
      // A second look: whoever lets go of it does so after the end.
      for (let look = 0; look < 2; look += 1)
        expect((await bench.driver.inspect(handle)).status).toBe('paused');
    });
  });
}
