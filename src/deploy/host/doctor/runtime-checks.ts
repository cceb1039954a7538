import { messageOf } from '#kernel/errors.ts';
import { pingDocker } from '../docker.ts';
import type { HostConfig } from '../config-file.ts';
import { expect, type Check } from './check.ts';

/**
 * Docker is nobody's duty: it is looked at where the configuration says that it should be.
 * @param machines tells how the machines of clear containers are run; throws where they cannot be
 */
export function runtimeChecks(node: HostConfig['node'], machines: () => Promise<string>): readonly Check[] {
  const socket = node?.docker?.socket;
  return [machinesCheck(machines), ...(socket === undefined ? [] : [dockerCheck(socket)])];
}

const machinesCheck = (machines: () => Promise<string>): Check => ({
  name: 'the machines of clear containers',
  check: () =>
    machines().then(
      (note) => ({ note }),
      (thrown: unknown) => ({ problem: messageOf(thrown), mend: 'apt-get install qemu-system-x86' }),
    ),
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
