import { stat } from 'node:fs/promises';
import type { Duplex } from 'node:stream';
import type { ContainerCreateOptions } from 'dockerode';
import { CloudError } from '#kernel/errors.ts';
import { bind } from './config.ts';
import { ignoring, type Engine } from './engine.ts';
import { bytesOf } from './frames.ts';
import { BUSYBOX } from './images.ts';
import { startContainer } from './start.ts';
import { ID_LABEL, MADE_LABEL, namesOf, ROLE_LABEL, type HandleData } from './handle.ts';

const NETNS = '/netns';
const READY = 'ready';
/** Process 1 of a sandbox: goes into the network namespace, says so, and stays for the workload to join it there. */
const PAUSE = [
  BUSYBOX,
  'nsenter',
  `--net=${NETNS}`,
  BUSYBOX,
  'sh',
  '-c',
  `echo ${READY}; exec ${BUSYBOX} sleep 2147483647`,
];

/**
 * A container that has the workload's network namespace and host name. Docker makes namespaces itself or joins those of another
 * container's process, but takes none by its path: so this process goes into the one that the network driver made, and Docker
 * lets the workload join the process. It may end while the workload runs, and is made again before each start.
 */
export async function ensureSandbox(engine: Engine, image: string, data: HandleData): Promise<void> {
  const { sandbox } = namesOf(data.id);
  const wanted = sandboxConfig(image, data);
  const found = await engine.find((docker) => docker.getContainer(sandbox).inspect());
  const isSame = found?.Config.Labels[MADE_LABEL] === wanted.Labels?.[MADE_LABEL];
  if (found && isSame && found.State.Running && (await isIn(found.State.Pid, data.netns))) return;
  if (found && (!isSame || found.State.Running)) await removeSandbox(engine, data.id);
  if (!found || !isSame || found.State.Running) await engine.ask((docker) => docker.createContainer(wanted));
  await begin(engine, sandbox);
}

export async function removeSandbox(engine: Engine, id: string): Promise<void> {
  const { sandbox } = namesOf(id);
  await engine.find((docker) => docker.getContainer(sandbox).remove({ force: true, v: true }));
}

/** Nothing runs in the namespace any more. */
export async function stopSandbox(engine: Engine, id: string): Promise<void> {
  const { sandbox } = namesOf(id);
  await engine
    .ask((docker) => docker.getContainer(sandbox).kill({ signal: 'SIGKILL' }))
    .catch(ignoring('not-found', 'conflict'));
}

const sandboxConfig = (
  image: string,
  { id, netns, hostname }: HandleData,
): ContainerCreateOptions & { readonly name: string } => ({
  name: namesOf(id).sandbox,
  Image: image,
  Entrypoint: PAUSE,
  Cmd: [],
  Hostname: hostname,
  AttachStdout: true,
  AttachStderr: true,
  Labels: { [ID_LABEL]: id, [ROLE_LABEL]: 'sandbox', [MADE_LABEL]: JSON.stringify({ netns, hostname }) },
  HostConfig: {
    NetworkMode: 'none',
    RestartPolicy: { Name: 'no' },
    CapDrop: ['ALL'],
    CapAdd: ['SYS_ADMIN'], // for setns(2)
    ReadonlyRootfs: true,
    LogConfig: { Type: 'none', Config: {} },
    Mounts: [bind(netns, NETNS, true)],
    // Its own process needs next to nothing, but runc starts it from a copy of itself: held in this memory, and of as many threads as Go likes.
    Memory: 64 << 20,
    PidsLimit: 64,
  },
});

/** Whether the process is in the network namespace that is at this path now. */
async function isIn(pid: number, netns: string): Promise<boolean> {
  const [own, wanted] = await Promise.all(
    [`/proc/${pid}/ns/net`, netns].map((path) => stat(path).catch(() => undefined)),
  );
  return own !== undefined && own.ino === wanted?.ino && own.dev === wanted.dev;
}

async function begin(engine: Engine, name: string): Promise<void> {
  const output = (await engine.ask((docker) =>
    docker.getContainer(name).attach({ stream: true, stdout: true, stderr: true, hijack: true }),
  )) as Duplex;
  try {
    await startContainer(engine, name);
    let words = '';
    for await (const bytes of bytesOf(output, false)) {
      words += Buffer.from(bytes).toString();
      if (words.startsWith(READY)) return;
    }
    throw new CloudError('internal', `No container can be put on the network: ${words.trim()}.`);
  } finally {
    output.destroy();
  }
}
