import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { exec } from '#kernel/exec.ts';
import { guestKernel, moduleFiles } from './guest-kernel.ts';

export interface GuestOptions {
  /** Of the kernel, beside those that the guest itself needs. */
  readonly modules: readonly string[];
  /** Shell text. It runs as root in a copy of this machine's files; what it changes is gone afterwards. */
  readonly script: string;
  /** Milliseconds; the guest is killed then. */
  readonly timeout: number;
  /** MiB. */
  readonly memory?: number;
}

export interface GuestResult {
  /** Of the script; null when the guest ended before it did. */
  readonly code: number | null;
  /** What it wrote to `/out/result`. */
  readonly result: string;
  /** What it printed, or what the kernel said when it never ran. */
  readonly output: string;
}

const OWN_MODULES = ['virtio_pci', '9p', '9pnet_virtio', 'overlay'];
const SHARE = 'trans=virtio,version=9p2000.L,msize=512000';

/** The first program: mounts this machine's files below a layer of its own, runs the script in it, and switches off. */
const INIT = `#!/bin/busybox sh
b=/bin/busybox
$b mkdir -p /proc /sys /dev /host /layer /root
$b mount -t proc proc /proc
$b mount -t devtmpfs dev /dev
for file in $($b cat /modules/order); do $b insmod /modules/$file; done
$b mount -t 9p -o ro,cache=loose,${SHARE} host /host
$b mount -t tmpfs layer /layer
$b mkdir /layer/upper /layer/work /layer/upper/out
$b mount -t overlay -o lowerdir=/host,upperdir=/layer/upper,workdir=/layer/work root /root
$b mount -t 9p -o ${SHARE} out /root/out
$b mount -t proc proc /root/proc
$b mount -t sysfs sys /root/sys
$b mount -t devtmpfs dev /root/dev
for place in run tmp dev/shm; do $b mkdir -p /root/$place; $b mount -t tmpfs tmp /root/$place; done
$b ip link set lo up
$b chroot /root /bin/sh /out/script > /root/out/output 2>&1 < /dev/null
echo $? > /root/out/code
$b sync
$b poweroff -f
`;

/**
 * Runs a script on Debian's own kernel, in an emulated machine that needs no KVM: for what this machine's kernel cannot do.
 * The guest sees this machine's files, without being able to change them.
 */
export async function runInGuest(options: GuestOptions): Promise<GuestResult> {
  const folder = await mkdtemp(join(tmpdir(), 'hydria-guest-'));
  try {
    const out = join(folder, 'out');
    await mkdir(out);
    await writeFile(join(out, 'script'), options.script);
    const kernel = await guestKernel();
    const files = await moduleFiles(kernel, [...OWN_MODULES, ...options.modules]);
    const initramfs = await packInitramfs(folder, files);
    const boot = ['-kernel', kernel.image, '-initrd', initramfs, '-append', 'console=ttyS0 quiet panic=-1'];
    const ended = await exec('qemu-system-x86_64', [...machine(options, out), ...boot], {
      timeout: options.timeout,
    }).catch((thrown: Error) => ({ stdout: thrown.message }));
    const read = (name: string) => readFile(join(out, name), 'utf8').catch(() => '');
    const code = await read('code');
    return {
      code: code === '' ? null : Number(code),
      result: await read('result'),
      output: (await read('output')) || ended.stdout,
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function machine({ memory = 1024 }: GuestOptions, out: string): readonly string[] {
  const share = (tag: string, path: string, more: string) => [
    '-virtfs',
    `local,mount_tag=${tag},path=${path},security_model=none,multidevs=remap${more}`,
  ];
  return [
    ...['-M', 'q35', '-accel', 'tcg,thread=multi', '-cpu', 'max', '-smp', '2', '-m', String(memory)],
    ...[
      '-nodefaults',
      '-no-user-config',
      '-display',
      'none',
      '-serial',
      'stdio',
      '-no-reboot',
      '-net',
      'none',
    ],
    ...share('host', '/', ',readonly=on'),
    ...share('out', out, ''),
  ];
}

/** @returns the path of a first file system with busybox, the modules and `INIT`. */
async function packInitramfs(folder: string, modules: readonly string[]): Promise<string> {
  const root = join(folder, 'initramfs');
  for (const name of ['bin', 'modules']) await mkdir(join(root, name), { recursive: true });
  await copyFile('/bin/busybox', join(root, 'bin/busybox'));
  await writeFile(join(root, 'init'), INIT, { mode: 0o755 });
  for (const file of modules) await copyFile(file, join(root, 'modules', basename(file)));
  await writeFile(join(root, 'modules/order'), modules.map((file) => basename(file)).join('\n'));
  const { stdout } = await exec('find', ['.'], { cwd: root });
  const archive = join(folder, 'initramfs.cpio');
  await exec('busybox', ['cpio', '-o', '-H', 'newc', '-F', archive], { cwd: root, input: stdout });
  return archive;
}
