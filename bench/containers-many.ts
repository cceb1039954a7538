import { listProcesses, type ProcessInfo } from '#src/deploy/host/processes.ts';
import { RealCloud } from '#test/support/real-cloud.ts';
import { PrivateDocker } from './peers/docker.ts';
import { kernelMemory, memoryOf } from './support/memory.ts';
import { printLine, printMachine, ratio, verdict } from './support/report.ts';
import { RunningWatch } from './support/running-watch.ts';
import { Sleepers } from './support/sleepers.ts';
import { wide } from './support/stats.ts';

/** What each running container costs in memory beside its own process: `node bench/containers-many.ts [count]`. */
const COUNT = Number(process.argv[2] ?? 200);
/** Docker's cost of each is the same for fewer. */
const COUNT_DOCKER = Math.min(COUNT, 40);
const WIDTH = 8;
const WARM_UP = 20;
const BUDGET_MB = 2;
/** Control and node grow with their first containers and give it back after a while. */
const REST_MS = 5_000;

/** Megabytes, shares of what others map too. */
interface Memory {
  readonly daemons: number;
  readonly monitors: number;
  readonly kernel: number;
}

async function main(): Promise<void> {
  await printMachine(`Memory of ${COUNT} running containers, each`);
  const ours = await measureHydria();
  const docker = await measureDocker();
  const [mine, peer] = [ours, docker].map(({ daemons, monitors }) => daemons + monitors) as [number, number];
  printLine('Hydria', told(ours), verdict(mine <= BUDGET_MB, `≤ ${BUDGET_MB} MB without the kernel`));
  printLine('Docker', told(docker), `Hydria takes ${ratio(mine, peer)} of it`);
}

const told = ({ daemons, monitors, kernel }: Memory): string =>
  `daemons ${mb(daemons)}  monitor ${mb(monitors)}  kernel ${mb(kernel)}`;

const mb = (value: number): string => `${value.toFixed(2)} MB`;

async function measureHydria(): Promise<Memory> {
  await using cloud = await RealCloud.start();
  const user = await cloud.signIn();
  using running = new RunningWatch(user);
  const sleepers = await Sleepers.of(user, running);
  const isMonitor = ({ args }: ProcessInfo) =>
    args[0] === 'conmon' && args.some((arg) => arg.includes(cloud.paths.data));
  const look = async (): Promise<Memory> => {
    const monitors = (await listProcesses()).filter(isMonitor).map(({ pid }) => pid);
    const daemons = [cloud.pid('control'), cloud.pid('node')];
    return { daemons: await pssOf(daemons), monitors: await pssOf(monitors), kernel: await kernelMemory() };
  };
  await wide(WARM_UP, WIDTH, () => sleepers.run());
  const each = await perContainer(look, COUNT, () => sleepers.run());
  await sleepers.removeAll();
  return each;
}

async function measureDocker(): Promise<Memory> {
  await using docker = await PrivateDocker.withBusybox();
  const look = async (): Promise<Memory> => {
    const { daemons, monitors } = await docker.processes();
    return { daemons: await pssOf(daemons), monitors: await pssOf(monitors), kernel: await kernelMemory() };
  };
  await docker.runSleeper('bridge');
  return await perContainer(look, COUNT_DOCKER, () => docker.runSleeper('bridge'));
}

async function perContainer(
  look: () => Promise<Memory>,
  count: number,
  run: () => Promise<unknown>,
): Promise<Memory> {
  const before = await look();
  await wide(count, WIDTH, run);
  await new Promise((resolve) => setTimeout(resolve, REST_MS));
  const after = await look();
  return {
    daemons: (after.daemons - before.daemons) / count,
    monitors: (after.monitors - before.monitors) / count,
    kernel: (after.kernel - before.kernel) / count,
  };
}

async function pssOf(pids: readonly number[]): Promise<number> {
  const shares = await Promise.all(pids.map(async (pid) => (await memoryOf(pid)).pss));
  return shares.reduce((sum, share) => sum + share, 0);
}

await main();
