import { RealCloud } from '#test/support/real-cloud.ts';
import { BareCrun } from './peers/bare-crun.ts';
import { PrivateDocker } from './peers/docker.ts';
import { latency, printLine, printMachine, rate, ratio, verdict } from './support/report.ts';
import { RunningWatch } from './support/running-watch.ts';
import { Sleepers } from './support/sleepers.ts';
import { quantile, serial, wide, type Load, type Samples } from './support/stats.ts';

/** From the call that creates a container to its process running, beside Docker and beside bare crun, in one run. */
const BUSYBOX = '/bin/busybox';
const SERIAL = 30;
const WIDTH = 8;
const WIDE = 80;
/** Docker is slower by far; fewer give the same answer in time. */
const WIDE_DOCKER = 24;
const BUDGET = { p50: 100, perSecond: 60 };
/** Until code that just started is compiled. */
const WARM_UP = 20;

interface Result {
  readonly samples: Samples;
  readonly load: Load;
}

async function main(): Promise<void> {
  await printMachine('Containers: create → Running, image cached, network plugged');
  const hydria = await measureHydria();
  const crun = await measureCrun();
  const docker = await measureDocker();
  const p50 = quantile(hydria.samples, 0.5);
  const beside = (name: string, { samples }: { samples: Samples }) =>
    `Hydria takes ${ratio(p50, quantile(samples, 0.5))} of ${name}`;

  console.log(`\nOne after another`);
  printLine(
    'Hydria, API to Running (told by /events)',
    latency(hydria.samples),
    verdict(p50 <= BUDGET.p50, 'p50 ≤ 100 ms'),
  );
  printLine('bare crun + netns + veth + overlay', latency(crun.samples), beside('bare crun', crun));
  printLine('docker run -d --network none', latency(docker.none), beside('it', { samples: docker.none }));
  printLine('docker run -d, on its bridge', latency(docker.samples), beside('it', docker));

  console.log(`\n${WIDTH} at a time`);
  const kept = hydria.load.perSecond >= BUDGET.perSecond;
  printLine('Hydria', rate(hydria.load), verdict(kept, '≥ 60/s'));
  for (const [name, { load }] of [
    ['bare crun', crun],
    ['docker run -d, on its bridge', docker],
  ] as const)
    printLine(name, rate(load), `Hydria starts ${ratio(hydria.load.perSecond, load.perSecond)} of it`);
}

async function measureHydria(): Promise<Result> {
  await using cloud = await RealCloud.start();
  const user = await cloud.signIn();
  using running = new RunningWatch(user);
  const sleepers = await Sleepers.of(user, running);
  const run = () => sleepers.run();
  await serial(WARM_UP, run); // the image is fetched and unpacked with the first
  await sleepers.removeAll();
  const samples = await serial(SERIAL, run);
  await sleepers.removeAll();
  const load = await wide(WIDE, WIDTH, run);
  return { samples, load };
}

async function measureCrun(): Promise<Result> {
  await using crun = await BareCrun.prepare(BUSYBOX);
  let made = 0;
  const run = () => crun.runSleeper(made++);
  await run();
  return { samples: await serial(SERIAL, run), load: await wide(WIDE, WIDTH, run) };
}

async function measureDocker(): Promise<Result & { none: Samples }> {
  await using docker = await PrivateDocker.withBusybox();
  await docker.runSleeper('bridge');
  const none = await serial(SERIAL / 2, () => docker.runSleeper('none'));
  const samples = await serial(SERIAL / 2, () => docker.runSleeper('bridge'));
  await docker.removeAll();
  const load = await wide(WIDE_DOCKER, WIDTH, () => docker.runSleeper('bridge'));
  return { none, samples, load };
}

await main();
