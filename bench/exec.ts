import { RealCloud } from '#test/support/real-cloud.ts';
import { PrivateDocker } from './peers/docker.ts';
import { latency, printLine, printMachine, ratio, verdict } from './support/report.ts';
import { RunningWatch } from './support/running-watch.ts';
import { Sleepers } from './support/sleepers.ts';
import { quantile, serial, type Samples } from './support/stats.ts';

/** A command in a running container, from the call to its output, in turns with `docker exec`. */
const ROUNDS = 4;
const COUNT = 15;
const BUDGET_MS = 60;

async function main(): Promise<void> {
  await printMachine('A command in a running container: `hostname`');
  await using docker = await PrivateDocker.withBusybox();
  const dockers = await docker.runSleeper('bridge');
  await using cloud = await RealCloud.start();
  const user = await cloud.signIn();
  using running = new RunningWatch(user);
  const own = await (await Sleepers.of(user, running)).run();
  const ours = () => user.exec(own, 'hostname');
  const peers = () => docker.run('exec', dockers, 'hostname');
  await serial(COUNT, ours);
  const samples: { ours: Samples; docker: Samples } = { ours: [], docker: [] };
  for (let round = 0; round < ROUNDS; round++) {
    samples.ours = [...samples.ours, ...(await serial(COUNT, ours))];
    samples.docker = [...samples.docker, ...(await serial(COUNT, peers))];
  }
  const p50 = quantile(samples.ours, 0.5);
  printLine(
    'Hydria, through the API',
    latency(samples.ours),
    verdict(p50 <= BUDGET_MS, `p50 ≤ ${BUDGET_MS} ms`),
  );
  const beside = `Hydria takes ${ratio(p50, quantile(samples.docker, 0.5))} of it`;
  printLine('docker exec', latency(samples.docker), beside);
}

await main();
