import { createHash } from 'node:crypto';
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { exec } from '#kernel/exec.ts';
import { detectHierarchy } from '../conmon/cgroup.ts';
import { writeAtomically } from '../conmon/files.ts';
import { seccompProfile } from '../crun/seccomp.ts';

const SHELL = '/bin/busybox';

/** crun refuses a hybrid layout of control groups even where it is to make none; and what it makes keeps its files open. */
const WITHOUT_OBSTACLE = '[ -z "$1" ] || umount "$1"; shift; exec crun "$@" >words 2>&1 </dev/null';
const STATE = ['--root', 'state', '--cgroup-manager', 'disabled'];

/** The system calls of a container that is not privileged, as the kernel takes them: compiled by crun, once per version. */
export async function compiledFilter(directory: string): Promise<Buffer> {
  const { stdout } = await exec('crun', ['--version']);
  const profile = seccompProfile();
  const key = createHash('sha256').update(stdout).update(JSON.stringify(profile)).digest('hex').slice(0, 16);
  const file = join(directory, `seccomp-${key}.bpf`);
  const known = await readFile(file).catch(() => undefined);
  if (known) return known;
  const folder = await mkdtemp(join(directory, 'seccomp-draft-'));
  try {
    const program = await compile(folder, profile);
    await writeAtomically(file, program, 0o600);
    return program;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** crun keeps what it compiled beside a container that it has made and not yet started. */
async function compile(folder: string, seccomp: unknown): Promise<Buffer> {
  const rootfs = join(folder, 'rootfs');
  for (const name of ['proc', 'dev']) await mkdir(join(rootfs, name), { recursive: true });
  await copyFile(SHELL, join(rootfs, 'sh'));
  await writeFile(
    join(folder, 'config.json'),
    JSON.stringify({
      ociVersion: '1.0.2',
      root: { path: rootfs },
      process: { args: ['/sh'], cwd: '/', env: [], user: { uid: 0, gid: 0 }, noNewPrivileges: true },
      mounts: [{ destination: '/proc', type: 'proc', source: 'proc' }],
      linux: { namespaces: [{ type: 'mount' }, { type: 'pid' }], seccomp },
    }),
  );
  const { obstacle } = detectHierarchy();
  const crun = (...args: readonly string[]) =>
    exec('unshare', ['--mount', 'sh', '-c', WITHOUT_OBSTACLE, 'sh', obstacle ?? '', ...STATE, ...args], {
      cwd: folder,
    });
  try {
    await crun('create', '--bundle', '.', 'filter');
    return await readFile(join(folder, 'state', 'filter', 'seccomp.bpf'));
  } finally {
    await crun('delete', '--force', 'filter').catch(() => {}); // it may not have been made
  }
}
