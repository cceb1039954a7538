import { parseArgs } from 'node:util';
import { CloudError } from '#kernel/errors.ts';
import { DAEMONS, findDaemons, type DaemonName, type Supervisor } from '../deploy/host/daemons.ts';
import { hostFacts } from '../deploy/host/facts.ts';
import { exists } from '../deploy/host/files.ts';
import { withSetupLock } from '../deploy/host/lock.ts';
import { removePackages } from '../deploy/host/packages.ts';
import { hostPaths, type HostPaths } from '../deploy/host/paths.ts';
import { purgeSteps } from '../deploy/host/purge.ts';
import { readRecord } from '../deploy/host/record.ts';
import { runSteps, type Step } from '../deploy/host/steps.ts';
import { chooseSupervisor } from '../deploy/host/supervisors.ts';
import { print, showProgress, terminal } from './output.ts';

export interface DownSeams {
  /** Ends every workload of this machine as SIGTERM would, and leaves what says that they are to run. */
  readonly stopWorkloads: (configPath: string) => Promise<void>;
}

/** `hydria down [--purge [--packages]]`: what ran comes back at the next `up`, unless purged. */
export async function down(args: readonly string[], seams: DownSeams): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: { purge: { type: 'boolean' }, packages: { type: 'boolean' } },
  });
  const facts = await hostFacts();
  if (facts.uid !== 0) throw new CloudError('forbidden', 'This needs the rights of root: run it with sudo.');
  const paths = hostPaths();
  const stopping = stopSteps(paths, chooseSupervisor(facts, paths), seams);
  const purging = values.purge === true ? purgeSteps(paths) : [];
  const { packages } = await readRecord(paths);
  const ran = await withSetupLock(() => runSteps([...stopping, ...purging], showProgress(terminal)));
  if (values.purge === true) await finishPackages(packages, values.packages === true);
  print(terminal, ran.length === 0 ? 'Hydria was not running.' : 'Hydria is down.');
  return 0;
}

/** The node goes after its workloads, because it ends them; control last, because the node reports to it. */
function stopSteps(paths: HostPaths, supervisor: Supervisor, seams: DownSeams): readonly Step[] {
  let workloadsStopped = false;
  const stopWorkloads: Step = {
    name: 'stop workloads',
    mend: `see the node's log: ${supervisor.logHint('node')}`,
    done: async () => workloadsStopped || !(await exists(paths.config)),
    run: async () => {
      await seams.stopWorkloads(paths.config);
      workloadsStopped = true;
    },
  };
  return [stopWorkloads, ...DAEMONS.toReversed().map((name) => stopDaemon(name, paths, supervisor))];
}

const stopDaemon = (name: DaemonName, paths: HostPaths, supervisor: Supervisor): Step => ({
  name: `stop ${name}`,
  mend: `end its processes by hand: ps ax | grep 'main.ts ${name}'`,
  done: async () => !(await supervisor.watches(name)) && (await findDaemons(name, paths)).length === 0,
  run: () => supervisor.stop(name),
});

async function finishPackages(packages: readonly string[], remove: boolean): Promise<void> {
  if (packages.length === 0) return;
  if (remove) await removePackages(packages);
  else
    print(
      terminal,
      `Debian packages that \`up\` installed stay. To remove them:`,
      `  apt-get remove ${packages.join(' ')}`,
    );
}
