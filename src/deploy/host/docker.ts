import { exec } from '#kernel/exec.ts';
import { findConfig } from './config-file.ts';
import type { HostPaths } from './paths.ts';

const SOCKET = '/var/run/docker.sock';
const TIMEOUT_MS = 60_000;

export const pingDocker = (socket: string): Promise<boolean> =>
  docker(socket, 'version').then(
    () => true,
    () => false,
  );

/** What the runtime `docker` has left with the dockerd of this cloud, containers before images; nothing where there is none. */
export async function dockerThings(paths: HostPaths): Promise<readonly string[]> {
  const socket = await socketOf(paths);
  const lists = [
    docker(socket, 'ps', '--all', '--filter', 'label=hydria.workload', '--format', 'container {{.ID}}'),
    docker(socket, 'images', '--filter', 'reference=hydria/*', '--format', 'image {{.Repository}}:{{.Tag}}'),
  ];
  const texts = await Promise.all(lists.map((list) => list.catch(() => '')));
  return texts.flatMap((text) => text.split('\n').filter(Boolean));
}

/** @param things as found */
export async function removeDockerThings(paths: HostPaths, things: readonly string[]): Promise<void> {
  const socket = await socketOf(paths);
  for (const thing of things) {
    const [kind = '', name = ''] = thing.split(' ');
    await docker(socket, kind, 'rm', '--force', name);
  }
}

async function socketOf(paths: HostPaths): Promise<string> {
  const config = await findConfig(paths).catch(() => undefined); // it may be what broke
  return config?.node?.docker?.socket ?? SOCKET;
}

const docker = async (socket: string, ...args: readonly string[]): Promise<string> =>
  (await exec('docker', ['--host', `unix://${socket}`, ...args], { timeout: TIMEOUT_MS })).stdout;
