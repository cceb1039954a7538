import { access, mkdir, mkdtemp, readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { exec } from '#kernel/exec.ts';

const CACHE = '/var/cache/hydria-test';
const MINUTES = 60_000;

export interface GuestKernel {
  /** Below which `boot` and `lib/modules` are. */
  readonly directory: string;
  readonly version: string;
  readonly image: string;
}

/** Debian's own kernel, unpacked beside the system and never installed. Fetched once for each version. */
export async function guestKernel(): Promise<GuestKernel> {
  const { stdout } = await exec('apt-cache', ['depends', 'linux-image-amd64']);
  const name = /Depends: (linux-image-[\w.-]+)/.exec(stdout)?.[1];
  if (name === undefined) throw new Error('apt knows no linux-image-amd64: run apt-get update.');
  const directory = join(CACHE, name);
  await access(directory).catch(() => unpack(name, directory));
  const version = name.replace('linux-image-', '');
  return { directory, version, image: join(directory, 'boot', `vmlinuz-${version}`) };
}

/** Files of the modules and of what they need, in the order in which they are to be loaded. */
export async function moduleFiles(kernel: GuestKernel, modules: readonly string[]): Promise<string[]> {
  const files = new Set<string>();
  for (const module of modules) {
    const args = ['--dirname', kernel.directory, '--set-version', kernel.version, '--show-depends', module];
    const { stdout } = await exec('modprobe', args);
    for (const [, file = ''] of stdout.matchAll(/^insmod (\S+)/gm)) files.add(file);
  }
  return [...files];
}

async function unpack(name: string, directory: string): Promise<void> {
  await mkdir(CACHE, { recursive: true });
  const work = await mkdtemp(join(CACHE, 'part-'));
  await exec('apt-get', ['download', '-q', name], { cwd: work, timeout: 10 * MINUTES });
  const [archive = ''] = await readdir(work);
  await exec('dpkg', ['-x', join(work, archive), join(work, 'root')], { timeout: 5 * MINUTES });
  await exec('depmod', ['--basedir', join(work, 'root'), name.replace('linux-image-', '')]);
  await rename(join(work, 'root'), directory);
  await exec('rm', ['-r', work]);
}
