import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { messageOf } from '#kernel/errors.ts';
import { exec } from '#kernel/exec.ts';
import type { RuntimeProbe } from '../driver.ts';
import { detectHierarchy, type CgroupHierarchy } from '../conmon/cgroup.ts';
import { writeAtomically } from '../conmon/files.ts';
import type { HostLayout } from '../conmon/layout.ts';

/** Makes crun's folder and the runtime program; as often as one likes. */
export async function prepareHost(host: HostLayout, hierarchy: CgroupHierarchy): Promise<void> {
  for (const folder of [host.state, dirname(host.runtime)])
    await mkdir(folder, { recursive: true, mode: 0o700 });
  await writeAtomically(host.runtime, runtimeScript(hierarchy.obstacle), 0o700);
}

/**
 * The script between conmon and crun. conmon only knows how to create, and a second crun would then have to start what the first made,
 * for a fourth of the whole time: so `create` becomes `run --detach`.
 */
export const runtimeScript = (obstacle: string | null): string => `#!/bin/sh
${obstacle === null ? '' : `umount ${obstacle} || exit\n`}for word; do
  shift
  case $word in create) set -- "$@" run --detach ;; *) set -- "$@" "$word" ;; esac
done
exec crun "$@"
`;

/**
 * The same as conmon is told it: a program and its first arguments. crun refuses a hybrid layout whose cgroup2 side owns controllers; in
 * a mount namespace from which the script has taken that side, it sees plain v1.
 */
export const runtimeCommand = (host: HostLayout, obstacle: string | null): readonly [string, ...string[]] =>
  obstacle === null ? [host.runtime] : ['/usr/bin/unshare', '--mount', host.runtime];

const TOOLS = ['crun', 'conmon', 'unshare', 'mount', 'mkfifo', 'ps', 'script', 'stty'];

/** Whether this machine can run it. Never throws. */
export async function probeHost(): Promise<RuntimeProbe> {
  if (process.getuid?.() !== 0)
    return { usable: false, reason: 'The crun runtime needs root: run the node as root.' };
  try {
    detectHierarchy();
    await Promise.all(TOOLS.map((tool) => exec(tool, ['--version'])));
    return { usable: true };
  } catch (thrown) {
    return {
      usable: false,
      reason: `${messageOf(thrown)} Install the packages crun, conmon and socat, and mount control groups.`,
    };
  }
}
