import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { badRequest, forbidden } from '#kernel/errors.ts';
import { hostFacts } from '../deploy/host/facts.ts';
import { withSetupLock } from '../deploy/host/lock.ts';
import { installPackages, missingPackages } from '../deploy/host/packages.ts';
import { hostPaths, type HostPaths } from '../deploy/host/paths.ts';
import { remember } from '../deploy/host/record.ts';
import { runSteps, type Step } from '../deploy/host/steps.ts';
import { print, showProgress, terminal } from './output.ts';

/** What the clear driver brings: this room does not reach it. */
export interface ClearTuning {
  readonly packages: readonly string[];
  readonly plan: (options: {
    readonly directory: string;
    readonly log: string;
    readonly signal: AbortSignal;
  }) => Promise<readonly Step[]>;
}

const BUSY = 'Another `hydria runtime tune clear` is at work on this machine; wait for it.';

/** `hydria runtime tune clear`: builds the small kernel and QEMU of clear containers, and takes them into use when they work. */
export async function runtime(args: readonly string[], clear: ClearTuning): Promise<number> {
  const { positionals } = parseArgs({ args: [...args], options: {}, allowPositionals: true });
  if (positionals.join(' ') !== 'tune clear') throw badRequest('Say what to do: ./hydria runtime tune clear');
  if ((await hostFacts()).uid !== 0) throw forbidden('This needs the rights of root: run it with sudo.');
  const paths = hostPaths();
  const options = {
    directory: join(paths.data, 'node/clear/parts'),
    log: join(paths.log, 'tune-clear.log'),
    signal: stopSignal(),
  };
  const progress = showProgress(terminal);
  const tune = async () => {
    await withSetupLock(() => runSteps([packagesStep(paths, clear.packages)], progress));
    return runSteps(await clear.plan(options), progress);
  };
  const ran = await withSetupLock(tune, 'hydria-tune-clear', BUSY);
  print(
    terminal,
    ran.length > 1
      ? 'Clear containers that start from now on use what was built.'
      : 'What clear containers use is the newest already.',
  );
  return 0;
}

/** Told when somebody wants it to end: what is done stays done. */
function stopSignal(): AbortSignal {
  const stop = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => stop.abort());
  return stop.signal;
}

const packagesStep = (paths: HostPaths, packages: readonly string[]): Step => ({
  name: 'install what it is built with',
  done: async () => (await missingPackages(packages)).length === 0,
  run: async () => {
    const missing = await missingPackages(packages);
    await remember(paths, { packages: missing });
    await installPackages(missing);
  },
  mend: 'see that apt-get install works on this machine.',
});
