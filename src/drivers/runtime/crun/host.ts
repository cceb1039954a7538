import { mkdir, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { messageOf } from '#kernel/errors.ts';
import { exec } from '#kernel/exec.ts';
import { newUuid } from '#kernel/ids.ts';
import type { RuntimeProbe } from '../driver.ts';
import { detectHierarchy, type CgroupHierarchy } from './cgroup.ts';
import type { HostLayout } from './layout.ts';

/** Makes the driver's folders and the runtime program; as often as one likes. */
export async function prepareHost(host: HostLayout, hierarchy: CgroupHierarchy): Promise<void> {
  for (const folder of [host.base, host.state, host.exits, dirname(host.runtime)])
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

/** A file is there whole or not at all, whenever we are stopped; and two may write it at once. */
export async function writeAtomically(
  file: string,
  content: string | Uint8Array,
  mode: number,
): Promise<void> {
  const draft = `${file}.${newUuid()}.new`;
  await writeFile(draft, content, { mode });
  await rename(draft, file);
}

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
