import { mkdtemp, open, rm } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { exec } from '#kernel/exec.ts';
import { ImageRig } from '#test/api/image/image-rig.ts';
import { anAdmin, callerToken } from '#test/support/api.ts';
import { askedDuring } from './support/probe.ts';
import { latency, printLine, printMachine, verdict } from './support/report.ts';
import type { Samples } from './support/stats.ts';

/** How fast a big image moves in and out, and in how much memory, beside programs that only copy. */
const MIB = 2 ** 20;
const SIZE = Number(process.argv[2] ?? 4096) * MIB;
const MAX_GROWTH = 100 * MIB;
const MINUTES = 60_000;
const token = callerToken(anAdmin());

async function main(): Promise<void> {
  await printMachine(`Images: ${SIZE / MIB} MiB in and out, over HTTP on the loopback`);
  const directory = await mkdtemp(join(tmpdir(), 'hydria-bench-'));
  try {
    const file = join(directory, 'image');
    await fill(file);
    await measure('cp and sync', () =>
      run('cp', file, `${file}.copy`).then(() => run('sync', `${file}.copy`)),
    );
    await measure('md5sum and sha512sum, side by side', () =>
      Promise.all([run('md5sum', file), run('sha512sum', file)]),
    );
    await measure('dd to nowhere', () => run('dd', `if=${file}`, 'of=/dev/null', 'bs=1M'));
    await rm(`${file}.copy`);
    await moveInAndOut(file);
  } finally {
    await rm(directory, { recursive: true });
  }
}

async function moveInAndOut(file: string): Promise<void> {
  await using rig = await ImageRig.start({ maxBytes: 2 * SIZE });
  const address = await rig.api.listen();
  const base = `${address}/image/v2/images`;
  const body = { name: 'big', disk_format: 'raw', container_format: 'bare' };
  const made = await rig.api.post('/image/v2/images', { token, body });
  const url = `${base}/${made.body.id}/file`;
  const auth = ['-sSf', '-H', `X-Auth-Token: ${token}`];
  const octets = ['-H', 'Content-Type: application/octet-stream'];
  const before = process.memoryUsage.rss();
  const growth = watchMemory(before);
  const health = `${address}/healthz`;
  const others: [string, Samples][] = [
    ['when nothing else goes on', await askedDuring(health, () => run('sleep', '2'))],
  ];
  const move = (name: string, ...args: string[]) =>
    measure(name, async () =>
      others.push([`during the ${name}`, await askedDuring(health, () => run('curl', ...auth, ...args))]),
    );
  await move('upload', ...octets, '-T', file, url);
  await move('download', '-o', '/dev/null', url);
  const most = growth();
  for (const [when, samples] of others) printLine(`GET /healthz ${when}`, latency(samples));
  printLine('resident memory', `${mib(before)} MiB before, ${mib(most)} MiB more at most`);
  printLine('', verdict(most <= MAX_GROWTH, `at most ${mib(MAX_GROWTH)} MiB more`));
}

async function fill(path: string): Promise<void> {
  await using file = await open(path, 'w');
  const block = crypto.getRandomValues(Buffer.alloc(64 << 10));
  const bytes = Buffer.concat(Array.from({ length: 16 }, () => block));
  for (let at = 0; at < SIZE; at += bytes.length) await file.write(bytes);
  await file.sync();
}

/** Wall time as a rate, and the processor time that this process spent. */
async function measure(name: string, work: () => Promise<unknown>): Promise<void> {
  const cpu = process.cpuUsage();
  const start = performance.now();
  await work();
  const seconds = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  const spent = ((user + system) / 1e6).toFixed(1);
  const load = loadavg()[0]?.toFixed(1);
  const figures = `${Math.round(SIZE / MIB / seconds)} MiB/s, ${spent} s of processor time here, load ${load}`;
  printLine(name, figures);
}

/** Looks every tenth of a second. @returns what stops it and tells the most that came on top */
function watchMemory(before: number): () => number {
  let most = 0;
  const timer = setInterval(() => (most = Math.max(most, process.memoryUsage.rss() - before)), 100);
  return () => {
    clearInterval(timer);
    return most;
  };
}

const run = (command: string, ...args: string[]) => exec(command, args, { timeout: 10 * MINUTES });
const mib = (bytes: number): number => Math.round(bytes / MIB);

await main();
