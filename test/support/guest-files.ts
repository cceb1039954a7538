import { access, copyFile, mkdir, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { exec } from '#kernel/exec.ts';

export interface GuestFiles {
  /** Files of kernel modules, in the order in which they are loaded. */
  readonly modules: readonly string[];
  /** Paths of this machine's programs; they come with their libraries. */
  readonly programs: readonly string[];
  /** Text by path. */
  readonly files: Readonly<Record<string, string>>;
}

/** The first program of the guest: loads the modules, then runs line after line of shell text and answers each. */
const INIT = `#!/bin/busybox sh
/bin/busybox --install -s /bin
export PATH=/usr/sbin:/usr/bin:/bin
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
for file in $(cat /modules/order); do insmod /modules/$file; done
exec 3<>/dev/vport0p1
printf '\\035' >&3
while IFS= read -r line <&3; do
  eval "$line" >&3 2>/run/stderr </dev/null
  code=$?
  printf '\\036' >&3
  [ -s /run/stderr ] && cat /run/stderr >&3
  printf '\\036%s\\035' $code >&3
done
`;

/** @returns the path of a file system for the guest's memory: busybox, the programs, the modules and `INIT`. */
export async function packGuest(folder: string, { modules, programs, files }: GuestFiles): Promise<string> {
  const root = join(folder, 'root');
  for (const name of ['bin', 'modules', 'proc', 'sys', 'dev', 'run', 'tmp'])
    await mkdir(join(root, name), { recursive: true });
  await copyFile('/bin/busybox', join(root, 'bin/busybox'));
  await writeFile(join(root, 'init'), INIT, { mode: 0o755 });
  for (const file of modules) await copyFile(file, join(root, 'modules', basename(file)));
  await writeFile(join(root, 'modules/order'), modules.map((file) => basename(file)).join('\n'));
  await exec('cp', ['--dereference', '--parents', ...programs, ...(await librariesOf(programs)), root]);
  for (const [path, text] of Object.entries(files)) {
    await mkdir(join(root, path, '..'), { recursive: true });
    await writeFile(join(root, path), text);
  }
  return pack(root, join(folder, 'root.cpio'));
}

async function pack(root: string, archive: string): Promise<string> {
  const { stdout } = await exec('find', ['.'], { cwd: root });
  await exec('busybox', ['cpio', '-o', '-H', 'newc', '-F', archive], { cwd: root, input: stdout });
  return archive;
}

/** @returns where the program is. @throws when this machine has none */
export async function programPath(name: string): Promise<string> {
  for (const path of [`/usr/sbin/${name}`, `/usr/bin/${name}`]) if (await exists(path)) return path;
  throw new Error(`This machine has no ${name}.`);
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

async function librariesOf(paths: readonly string[]): Promise<string[]> {
  const { stdout } = await exec('ldd', paths);
  return [...new Set(Array.from(stdout.matchAll(/(\/\S+\.so\S*) \(/g), ([, path = '']) => path))];
}
