import { pingDocker } from '../docker.ts';
import type { HostConfig } from '../config-file.ts';
import { expect, type Check } from './check.ts';

/** Docker is nobody's duty: it is looked at where the configuration says that it should be. */
export function runtimeChecks(node: HostConfig['node']): readonly Check[] {
  const socket = node?.docker?.socket;
  return socket === undefined ? [] : [dockerCheck(socket)];
}

const dockerCheck = (socket: string): Check => ({
  name: 'the runtime docker',
  check: async () =>
    expect(
      await pingDocker(socket),
      `dockerd does not answer at ${socket}`,
      'apt-get install docker.io and start dockerd, or take node.docker from the configuration',
    ),
});
