import { createHash } from 'node:crypto';
import { cp, glob, mkdir, open, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, gzip } from 'node:zlib';
import { environment } from '#kernel/environment.ts';
import { exec, start } from '#kernel/exec.ts';
import { exists, findText } from './files.ts';
import type { HostPaths } from './paths.ts';

const TOP = join(import.meta.dirname, '../../..');
const HOME = join(TOP, 'dashboard');
const BUILT = join(HOME, 'dist');
/** What the built files are made of: written last, so a half-made folder is made again. */
const STAMP = 'stamp';
/** What the browser's part shares with the rest. */
const SOURCES = [
  'dashboard/*.{json,ts,html}',
  'dashboard/src/**',
  'src/kernel/errors.ts',
  'src/sdk/*.ts',
  'src/services/*/schema.ts',
  'src/services/*/{schema,model}/*.ts',
];
const LIMIT_MS = 10 * 60_000;

/** Builds the dashboard where its sources have changed. @returns whether it did */
export async function buildDashboard(): Promise<boolean> {
  const wanted = await fingerprint();
  if ((await findText(join(BUILT, STAMP))) === wanted) return false;
  await installDashboardPackages();
  const draft = `${BUILT}-${process.pid}`;
  try {
    const vite = [process.execPath, join(HOME, 'node_modules/vite/bin/vite.js'), 'build', '--outDir', draft];
    await exec('env', ['NODE_ENV=production', ...vite], { cwd: HOME, timeout: LIMIT_MS }); // a test's own would build another React
    await compressAll(join(draft, 'assets'));
    await writeFile(join(draft, STAMP), wanted);
    await takePlace(draft, BUILT);
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
  return true;
}

/**
 * Puts what was built where control reads it: a checkout may be one that control, who is nobody special, cannot enter.
 * Whoever looks meanwhile sees the one before, or this one.
 */
export async function installDashboard(directory: string): Promise<void> {
  if (await isAlike(directory)) return;
  const draft = `${directory}-${process.pid}`;
  await cp(BUILT, draft, { recursive: true });
  await takePlace(draft, directory);
}

const isAlike = async (directory: string): Promise<boolean> =>
  (await findText(join(directory, STAMP))) === (await findText(join(BUILT, STAMP)));

/** Goes on when this program has ended: the cloud need not wait for it. */
export async function buildDashboardBeside({
  dashboard,
  log: logs,
}: Pick<HostPaths, 'dashboard' | 'log'>): Promise<void> {
  if ((await findText(join(dashboard, STAMP))) === (await fingerprint())) return;
  await mkdir(logs, { recursive: true });
  const log = await open(join(logs, 'dashboard.log'), 'w');
  const stdio = ['ignore', log.fd, log.fd] as const;
  const child = start('nice', [process.execPath, join(TOP, 'src/main.ts'), 'dashboard'], {
    detached: true,
    stdio: [...stdio],
  });
  child.on('error', () => {}); // it is built at the next `up`; the page says where to look
  child.unref();
  await log.close();
}

/** Bytes of script, compressed, that a browser loads before any page. */
export async function shellSize(): Promise<number> {
  const page = await readFile(join(BUILT, 'index.html'), 'utf8');
  const names = [...page.matchAll(/(?:src|href)="[^"]*\/assets\/([^"]+\.js)"/g)].map(([, name = '']) => name);
  const sizes = await Promise.all(
    names.map(async (name) => (await stat(join(BUILT, 'assets', `${name}.br`))).size),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

async function fingerprint(): Promise<string> {
  const paths: string[] = [];
  for await (const path of glob(SOURCES, { cwd: TOP })) if (/\.\w+$/.test(path)) paths.push(path);
  const hash = createHash('sha256');
  for (const path of paths.sort()) hash.update(`${path}\n`).update(await readFile(join(TOP, path)));
  return hash.digest('hex');
}

/** The same law as the launcher's for the packages of the whole: what is there already costs nothing. */
export async function installDashboardPackages(): Promise<void> {
  const stamp = join(HOME, 'node_modules', '.hydria-stamp');
  const lock = createHash('sha256')
    .update(await readFile(join(HOME, 'package-lock.json')))
    .digest('hex');
  if ((await findText(stamp)) === lock) return;
  // By the Node.js that npm came with, as the launcher does: it trusts whom the machine trusts.
  const npm = [`PATH=${pathOfTheMachine()}`, 'npm', 'ci', '--loglevel=error'];
  await exec('env', npm, { cwd: HOME, timeout: LIMIT_MS });
  await writeFile(stamp, lock);
}

const pathOfTheMachine = (): string =>
  (environment('PATH') ?? '')
    .split(delimiter)
    .filter((folder) => !folder.startsWith(join(TOP, '.tools')))
    .join(delimiter);

const brotli = promisify(brotliCompress);
const gzipped = promisify(gzip);
const COMPRESSED = /\.(js|css|svg)$/;

/** Once, so that nobody waits for it later. */
async function compressAll(directory: string): Promise<void> {
  for (const name of (await readdir(directory)).filter((one) => COMPRESSED.test(one))) {
    const path = join(directory, name);
    const content = await readFile(path);
    await writeFile(`${path}.br`, await brotli(content));
    await writeFile(`${path}.gz`, await gzipped(content, { level: 9 }));
  }
}

/** Pages that are open load themselves anew when a file of theirs is gone. */
async function takePlace(draft: string, place: string): Promise<void> {
  const old = `${draft}-old`;
  if (await exists(place)) await rename(place, old);
  await rename(draft, place);
  await rm(old, { recursive: true, force: true });
}
