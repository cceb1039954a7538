import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { tarOf, type TarMember } from '#test/support/image-archives.ts';
import { tarEntries } from './tar.ts';

const entries = async (members: readonly TarMember[]) =>
  Array.fromAsync(tarEntries(Readable.from([await tarOf(members)]), 'the file'));

test('what the header has no room for comes from its pax record', async () => {
  const pax = { uid: '3000000', gid: '4000000', mtime: '1234.5', path: 'ü'.repeat(100) };
  const [entry] = await entries([{ name: 'x', uid: 1, gid: 1, pax }]);
  expect(entry).toMatchObject({ name: 'ü'.repeat(100), uid: 3_000_000, gid: 4_000_000, mtime: 1234.5 });
});

test('owners and times that no file can have become zero', async () => {
  const pax = { uid: '-1', gid: '99999999999', mtime: 'yesterday' };
  expect((await entries([{ name: 'x', pax }]))[0]).toMatchObject({ uid: 0, gid: 0, mtime: 0 });
});

test('content may be left unread', async () => {
  const members = ['a', 'b', 'c'].map((name) => ({ name, content: Buffer.alloc(200_000) }));
  expect((await entries(members)).map(({ name }) => name)).toEqual(['a', 'b', 'c']);
});
