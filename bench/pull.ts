import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createReadStream } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '#kernel/clock.ts';
import { messageOf } from '#kernel/errors.ts';
import { exec } from '#kernel/exec.ts';
import { buildArchive, type BuildFile } from '#oci/build.ts';
import { readLayout } from '#oci/layout.ts';
import { LayerStore } from '#oci/layer-store.ts';
import { DEFAULT_LIMITS } from '#oci/limits.ts';
import { printLine, printMachine, ratio, verdict } from './support/report.ts';

/**
 * What it takes until an image of 1 GB is unpacked, from an archive and from an OCI layout, which is what a pull leaves;
 * beside `podman load` of the same. Needs root and skopeo; podman (Debian's) for its peer. Usage: node bench/pull.ts [MiB]
 */

const MIB = 2 ** 20;
const SIZE_MIB = Number(process.argv[2] ?? 1024);
const FILE_MIB = 4;
const TIMEOUT = 300_000;

/** Half of it compresses well, as programs do. */
const file = (at: number): BuildFile => ({
  path: `srv/file-${at}`,
  content: Buffer.concat([
    randomBytes((FILE_MIB * MIB) / 2),
    Buffer.alloc((FILE_MIB * MIB) / 2, `file ${at} `),
  ]),
});

async function seconds(work: () => Promise<unknown>): Promise<number> {
  await exec('sync', [], { timeout: TIMEOUT });
  const begun = performance.now();
  await work();
  return (performance.now() - begun) / 1000;
}

async function newStore(directory: string): Promise<LayerStore> {
  const store = new LayerStore({ directory, limits: DEFAULT_LIMITS, clock: systemClock });
  await store.recover();
  return store;
}

async function fromArchive(root: string, archive: string): Promise<number> {
  const store = await newStore(join(root, 'by-archive'));
  const taken = await seconds(() => store.ensureImage('image', async () => createReadStream(archive)));
  await store.clear();
  return taken;
}

async function fromLayout(root: string, archive: string): Promise<number> {
  const layout = join(root, 'layout');
  await mkdir(layout);
  const copy = ['--insecure-policy', 'copy', '--quiet', '--dest-oci-accept-uncompressed-layers'];
  await exec('skopeo', [...copy, `oci-archive:${archive}`, `oci:${layout}`], { timeout: TIMEOUT });
  const store = await newStore(join(root, 'by-layout'));
  const place = { directory: layout, blobs: join(layout, 'blobs') };
  const taken = await seconds(() =>
    store.ensureFrom('image', async ({ limits, signal }, unpack) =>
      unpack(await readLayout(place, limits, signal)),
    ),
  );
  await store.clear();
  await rm(layout, { recursive: true });
  return taken;
}

/** With a store of its own, so that nothing on the machine changes. @returns undefined where there is no podman */
async function byPodman(root: string, archive: string): Promise<number | undefined> {
  const own = [
    '--root',
    join(root, 'podman'),
    '--runroot',
    join(root, 'podman-run'),
    '--storage-driver',
    'overlay',
  ];
  await writeFile(join(root, 'policy.json'), '{"default":[{"type":"insecureAcceptAnything"}]}');
  const load = ['load', '--quiet', '--signature-policy', join(root, 'policy.json'), '--input', archive];
  try {
    await exec('podman', ['--version']);
  } catch {
    return undefined;
  }
  try {
    return await seconds(() => exec('podman', [...own, ...load], { timeout: TIMEOUT }));
  } finally {
    await exec('podman', [...own, 'system', 'reset', '--force'], { timeout: TIMEOUT }).catch(
      (thrown: unknown) => printLine('podman cannot clean up', messageOf(thrown)),
    );
  }
}

await printMachine(`Unpacking an image of ${SIZE_MIB} MiB`);
const root = await mkdtemp(join(tmpdir(), 'hydria-bench-pull-'));
try {
  const archive = join(root, 'image.tar');
  const files = Array.from({ length: SIZE_MIB / FILE_MIB }, (_, at) => file(at));
  await buildArchive(archive, { tag: 'bench:latest', config: { Cmd: ['/bin/true'] }, files });
  files.length = 0;
  const peer = await byPodman(root, archive);
  const figures = { 'from an OCI layout (a pull)': fromLayout, 'from an archive (an upload)': fromArchive };
  if (peer === undefined) printLine('podman load', 'skipped: apt-get install podman');
  else printLine('podman load', `${peer.toFixed(2)} s`);
  for (const [name, measure] of Object.entries(figures)) {
    const taken = await measure(root, archive);
    const beside =
      peer === undefined ? '' : `${ratio(taken, peer)}  ${verdict(taken <= peer, '≤ podman load')}`;
    printLine(name, `${taken.toFixed(2)} s`, beside);
  }
} finally {
  await rm(root, { recursive: true, force: true });
}
