import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildBusybox } from '#oci/standard-images.ts';
import type { CloudUser } from '#test/support/cloud-user.ts';
import { RealCloud } from '#test/support/real-cloud.ts';
import { BareCrun } from './peers/bare-crun.ts';
import { PrivateDocker } from './peers/docker.ts';
import { latency, printLine, printMachine, rate, ratio, verdict } from './support/report.ts';
import { RunningWatch } from './support/running-watch.ts';
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
  await liftQuota(user);
  let made = 0;
  using running = new RunningWatch(user);
  await running.ready;
  const run = async () => running.of((await user.create({ ...SLEEPER, name: `bench-${made++}` })).uuid);
  await serial(WARM_UP, run); // the image is fetched and unpacked with the first
  await removeAll(user);
  const samples = await serial(SERIAL, run);
  await removeAll(user);
  const load = await wide(WIDE, WIDTH, run);
  return { samples, load };
}

const SLEEPER = {
  image: 'busybox',
  command: ['sleep', '600'],
  nets: [{ network: 'private' }],
  cpu: 0.25,
  memory: 64,
};

async function liftQuota(user: CloudUser): Promise<void> {
  const { projects } = await user.client.get<{ projects: { id: string }[] }>(
    'identity',
    '/projects?name=admin',
  );
  const unlimited = { containers: -1, memory: -1, cpu: -1, disk: -1 };
  await user.client.put('container', `/quotas/${projects[0]?.id}`, unlimited);
}

async function removeAll(user: CloudUser): Promise<void> {
  const containers = await user.list();
  await Promise.all(containers.map(({ uuid }) => user.remove(uuid)));
  await Promise.all(containers.map(({ uuid }) => user.untilGone(uuid, { everyMs: 50, limitMs: 60_000 })));
}

async function measureCrun(): Promise<Result> {
  await using crun = await BareCrun.prepare(BUSYBOX);
  let made = 0;
  const run = () => crun.runSleeper(made++);
  await run();
  return { samples: await serial(SERIAL, run), load: await wide(WIDE, WIDTH, run) };
}

async function measureDocker(): Promise<Result & { none: Samples }> {
  const directory = await mkdtemp(join(tmpdir(), 'bench-image-'));
  try {
    const archive = join(directory, 'busybox.tar');
    await buildBusybox(archive, BUSYBOX);
    await using docker = await PrivateDocker.start(archive);
    await docker.runSleeper('bridge');
    const none = await serial(SERIAL / 2, () => docker.runSleeper('none'));
    const samples = await serial(SERIAL / 2, () => docker.runSleeper('bridge'));
    await docker.removeAll();
    const load = await wide(WIDE_DOCKER, WIDTH, () => docker.runSleeper('bridge'));
    return { none, samples, load };
  } finally {
    await rm(directory, { recursive: true });
  }
}

await main();
