import { pingDocker } from '../docker.ts';
import type { HostConfig } from '../config-file.ts';
import { expect, type Check } from './check.ts';

/** Docker is nobody's duty: it is looked at where the configuration says that it should be. */
export function runtimeChecks(
  node: HostConfig['node'],
  describeClear: () => Promise<Readonly<Record<string, string>>>,
): readonly Check[] {
  const socket = node?.docker?.socket;
  return [clearCheck(describeClear), ...(socket === undefined ? [] : [dockerCheck(socket)])];
}

/** Slow machines are machines, too: what accelerates them is told, and is nobody's fault. */
const clearCheck = (describe: () => Promise<Readonly<Record<string, string>>>): Check => ({
  name: 'the runtime clear',
  check: async () => {
    const { acceleration, acceleration_reason: why, parts, kernel, qemu } = await describe();
    return { note: `acceleration ${acceleration} (${why}), kernel ${kernel} and QEMU ${qemu} (${parts})` };
  },
});

const dockerCheck = (socket: string): Check => ({
  name: 'the runtime docker',
  check: async () =>
    expect(
      await pingDocker(socket),
      `dockerd does not answer at ${socket}`,
      'apt-get install docker.io and start dockerd, or take node.docker from the configuration',
    ),
});
