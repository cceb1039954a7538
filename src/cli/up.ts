import { parseArgs } from 'node:util';
import { CloudError } from '#kernel/errors.ts';
import { checkAddress, getConfig } from '../deploy/host/config-file.ts';
import { CLOUD_NAME } from '../deploy/host/credentials.ts';
import { buildDashboardBeside } from '../deploy/host/dashboard.ts';
import { compileDaemons } from '../deploy/host/daemons.ts';
import { hostFacts, type HostFacts } from '../deploy/host/facts.ts';
import { withSetupLock } from '../deploy/host/lock.ts';
import { hostPaths, type HostPaths } from '../deploy/host/paths.ts';
import { lackingPackages, obstacles } from '../deploy/host/preflight.ts';
import { setupSteps, type SetupDeps } from '../deploy/host/setup.ts';
import { runSteps } from '../deploy/host/steps.ts';
import { chooseSupervisor } from '../deploy/host/supervisors.ts';
import { print, showProgress, terminal, type Output } from './output.ts';

export type UpSeams = Pick<SetupDeps, 'ensurePki' | 'seed' | 'version'>;

/** `hydria up [--address IP]`: from whatever state to a cloud that is ready. Twice is harmless. */
export async function up(args: readonly string[], seams: UpSeams): Promise<number> {
  const { values } = parseArgs({ args: [...args], options: { address: { type: 'string' } } });
  const facts = await hostFacts();
  await refuseWhereItCannotWork(facts);
  const address = values.address === undefined ? undefined : checkAddress(values.address);
  const paths = hostPaths();
  const supervisor = chooseSupervisor(facts, paths);
  const steps = setupSteps({ paths, supervisor, address, compile: compileDaemons, ...seams });
  await withSetupLock(() => runSteps(steps, showProgress(terminal)));
  await buildDashboardBeside(paths);
  await sayWhatNext(terminal, paths);
  return 0;
}

/** @throws CloudError that lists all that is missing; nothing has been changed. */
async function refuseWhereItCannotWork(facts: HostFacts): Promise<void> {
  const reasons = obstacles(facts);
  if (reasons.length === 0) return;
  const missing = [...reasons, ...(await lackingPackages(facts))].map((text) => `  - ${text}`);
  throw new CloudError(
    'precondition-failed',
    ['Cannot set up Hydria here. Missing:', ...missing, 'Nothing was changed.'].join('\n'),
  );
}

async function sayWhatNext(output: Output, paths: HostPaths): Promise<void> {
  const { http } = await getConfig(paths);
  print(
    output,
    `Hydria is ready: ${http.publicUrl}/ is its dashboard`,
    `Credentials: ${paths.openrc} (source it), or the cloud '${CLOUD_NAME}' in ${paths.clouds}`,
    'Try:',
    `  export OS_CLOUD=${CLOUD_NAME}`,
    '  openstack appcontainer run --name web --net network=private hello',
    '  openstack appcontainer list',
  );
}
