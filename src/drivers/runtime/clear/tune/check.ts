import { once } from 'node:events';
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { CloudError } from '#kernel/errors.ts';
import { exec } from '#kernel/exec.ts';
import type { TunedParts } from '../machine/tuned.ts';

export interface CheckResult {
  /** From QEMU's start to the first line of the machine's first process. */
  readonly milliseconds: number;
}

/**
 * Tries the parts before anything uses them.
 * @param directory for the check's own files; it is removed afterwards
 * @throws CloudError when they are not fit for use
 */
export type TunedCheck = (parts: TunedParts, directory: string, signal: AbortSignal) => Promise<CheckResult>;

const LONGEST_MS = 60_000;
const FLAGS = ['-std=c17', '-Os', '-static', '-s', '-Wall', '-Wextra', '-Werror'];
const DISK_BYTES = 8 << 20;

/** Boots the kernel in the QEMU, emulated, to a first process that mounts EROFS, ext4 and an overlay and looks for what containers need. */
export const bootCheck: TunedCheck = async (parts, directory, signal) => {
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory, { recursive: true, mode: 0o700 });
  try {
    await makeFiles(directory, signal);
    return await boot(parts, directory, signal);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
};

async function makeFiles(directory: string, signal: AbortSignal): Promise<void> {
  const at = (name: string) => join(directory, name);
  const run = (command: string, args: readonly string[], input?: string) =>
    exec(command, args, {
      cwd: directory,
      signal,
      timeout: LONGEST_MS,
      ...(input === undefined ? {} : { input }),
    });
  await cp(join(import.meta.dirname, 'check.c'), at('check.c'));
  await run('gcc', [...FLAGS, '-o', 'init', 'check.c']);
  await run('cpio', ['-o', '-H', 'newc', '-O', 'initramfs'], 'init\n');
  await mkdir(at('lower'));
  await writeFile(at('lower/lower'), 'of the image\n');
  await run('mkfs.erofs', ['lower.erofs', 'lower']);
  await run('mkfs.ext4', ['-q', 'upper.ext4', String(DISK_BYTES / 1024)]);
}

async function boot(parts: TunedParts, directory: string, signal: AbortSignal): Promise<CheckResult> {
  const server = createServer();
  server.listen(join(directory, 'port'));
  await once(server, 'listening');
  try {
    const began = performance.now();
    const said = hear(server);
    const args = machineArguments(parts, directory, await tscKhz());
    await exec(parts.qemu, args, { signal, timeout: LONGEST_MS });
    const { text, first } = said();
    if (text !== 'init\nok\n') throw await refusal(text, directory);
    return { milliseconds: Math.round(first - began) };
  } finally {
    server.close();
  }
}

/** What comes through the port, and when it began to. */
function hear(server: Server): () => { readonly text: string; readonly first: number } {
  let [text, first] = ['', Number.NaN];
  server.on('connection', (connection) => {
    connection.setEncoding('utf8').on('data', (chunk: string) => {
      if (text === '') first = performance.now();
      text += chunk;
    });
  });
  return () => ({ text, first });
}

async function refusal(said: string, directory: string): Promise<CloudError> {
  const printed = await readFile(join(directory, 'console'), 'utf8').catch(() => '');
  const why =
    said.replace(/^init\n/, '').trim() || printed.trim().slice(-1000) || 'its first process said nothing';
  return new CloudError('internal', `The machine did not do what containers need: ${why}`);
}

/** Near enough for a machine that lives for a second: it has no other clock to measure its counter by. */
async function tscKhz(): Promise<number> {
  const mhz = /^cpu MHz\s*:\s*(?<mhz>[\d.]+)$/m.exec(await readFile('/proc/cpuinfo', 'utf8'))?.groups?.[
    'mhz'
  ];
  return Math.round(Number(mhz ?? 2000) * 1000);
}

function machineArguments(parts: TunedParts, directory: string, khz: number): readonly string[] {
  const at = (name: string) => join(directory, name);
  const kernelLine = `quiet console=ttyS0 tsc=reliable tsc_early_khz=${khz} no_timer_check reboot=t panic=-1 random.trust_cpu=on net.ifnames=0`;
  return [
    '-M',
    'microvm,acpi=on,pit=off,pic=off,rtc=off,auto-kernel-cmdline=off,x-option-roms=off',
    '-accel',
    'tcg,tb-size=32',
    '-cpu',
    'Nehalem,+arat,+rdrand,-spec-ctrl',
    '-m',
    '128',
    '-L',
    parts.share,
    '-nodefaults',
    '-no-user-config',
    '-display',
    'none',
    '-no-reboot',
    '-sandbox',
    'on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny',
    '-kernel',
    parts.vmlinux,
    '-initrd',
    at('initramfs'),
    '-append',
    kernelLine,
    '-serial',
    `file:${at('console')}`,
    '-device',
    'virtio-serial-device,max_ports=2',
    '-chardev',
    `socket,id=port,path=${at('port')}`,
    '-device',
    'virtserialport,chardev=port,name=agent',
    ...disk('lower', at('lower.erofs'), 'on'),
    ...disk('upper', at('upper.ext4'), 'off'),
    '-netdev',
    'socket,id=net,udp=127.0.0.1:9,localaddr=127.0.0.1:0',
    '-device',
    'virtio-net-device,netdev=net',
    '-device',
    'virtio-rng-device',
    '-device',
    'virtio-balloon-device',
  ];
}

const disk = (name: string, file: string, readOnly: 'on' | 'off'): readonly string[] => [
  '-blockdev',
  `raw,node-name=${name},read-only=${readOnly},file.driver=file,file.filename=${file}`,
  '-device',
  `virtio-blk-device,drive=${name}`,
];
