import { chmod, chown, lchown, link, lutimes, mkdir, open, rm, symlink, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { pack } from 'tar-stream';
import { exec } from '#kernel/exec.ts';
import type { LayerContent } from './archive.ts';
import type { Budget } from './budget.ts';
import { openLayer, type LayerEntry } from './layer-reader.ts';

type Attributes = Pick<LayerEntry, 'mode' | 'uid' | 'gid' | 'mtime'>;
/** Attributes of the directories made so far, each after those above it. */
type Directories = Map<string, Attributes>;

const DEFAULT: Attributes = { mode: 0o755, uid: 0, gid: 0, mtime: 0 };

/**
 * Unpacks one layer, as root, with owners, modes and times. Whiteouts become those of overlayfs: a character device 0/0
 * hides a file, the attribute `trusted.overlay.opaque` hides a directory's content.
 * @param root an empty directory that nobody else writes to: the jail of `LayerTree` rests on that
 * @throws CloudError `bad-request` when the layer is not sound; what was unpacked is then to be thrown away
 */
export async function unpackLayer(content: LayerContent, root: string, budget: Budget): Promise<void> {
  const { entries, tree } = openLayer(content, budget);
  const directories: Directories = new Map([['', DEFAULT]]);
  for await (const entry of entries) await makeEntry(root, entry, directories);
  await makeWhiteouts(root, tree.whiteouts());
  await markOpaque(root, tree.opaques());
  // Last and from below, as making something in a directory changes its time.
  for (const [path, attributes] of [...directories].toReversed())
    await setAttributes(join(root, path), attributes);
}

async function makeEntry(root: string, entry: LayerEntry, directories: Directories): Promise<void> {
  for (const parent of entry.parents) await makeDirectory(root, parent, DEFAULT, directories);
  const path = join(root, entry.path);
  if (entry.kind === 'directory') await makeDirectory(root, entry.path, entry, directories);
  else if (entry.kind === 'file') await makeFile(path, entry);
  else if (entry.kind === 'symlink') await makeSymlink(path, entry);
  else if (entry.kind === 'hardlink') await link(join(root, entry.target), path);
}

async function makeDirectory(
  root: string,
  path: string,
  { mode, uid, gid, mtime }: Attributes,
  directories: Directories,
): Promise<void> {
  if (!directories.has(path)) await mkdir(join(root, path));
  directories.set(path, { mode, uid, gid, mtime });
}

async function makeFile(path: string, { content, mode, uid, gid, mtime }: LayerEntry): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(content);
    await file.chown(uid, gid);
    await file.chmod(mode); // after chown, which takes setuid away
    await file.utimes(mtime, mtime);
  } finally {
    await file.close();
  }
}

async function makeSymlink(path: string, { target, uid, gid, mtime }: LayerEntry): Promise<void> {
  await symlink(target, path);
  await lchown(path, uid, gid);
  await lutimes(path, mtime, mtime);
}

async function setAttributes(path: string, { mode, uid, gid, mtime }: Attributes): Promise<void> {
  await chown(path, uid, gid);
  await chmod(path, mode);
  await utimes(path, mtime, mtime);
}

const MAX_LINKS = 60_000; // ext4 ends at 65,000

/** Node.js cannot make devices: one process makes one, and the others are hard links to it. */
async function makeWhiteouts(root: string, paths: readonly string[]): Promise<void> {
  const device = `${root}.whiteout`;
  for (let at = 0; at < paths.length; at += MAX_LINKS) {
    await exec('mknod', [device, 'c', '0', '0']);
    for (const path of paths.slice(at, at + MAX_LINKS)) await link(device, join(root, path));
    await rm(device);
  }
}

/** Node.js cannot set extended attributes; tar, which every Debian has, sets those of all directories in one process. */
async function markOpaque(root: string, paths: readonly string[]): Promise<void> {
  if (paths.length === 0) return;
  const tar = pack();
  for (const path of paths)
    tar.entry({
      name: `${path}/`,
      type: 'directory',
      mode: 0o755,
      pax: { 'SCHILY.xattr.trusted.overlay.opaque': 'y' },
    });
  tar.finalize();
  const input = Buffer.concat(await Array.fromAsync(tar as AsyncIterable<unknown> as AsyncIterable<Buffer>));
  await exec('tar', ['-x', '-f', '-', '-C', root, '--xattrs', '--xattrs-include=trusted.overlay.opaque'], {
    input,
  });
}
