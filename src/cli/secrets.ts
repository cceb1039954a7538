import { parseArgs } from 'node:util';
import { badRequest, CloudError } from '#kernel/errors.ts';
import { hostFacts } from '../deploy/host/facts.ts';
import { withSetupLock } from '../deploy/host/lock.ts';
import { hostPaths } from '../deploy/host/paths.ts';
import { rotationSteps } from '../deploy/host/rotate.ts';
import { runSteps } from '../deploy/host/steps.ts';
import { chooseSupervisor } from '../deploy/host/supervisors.ts';
import { print, showProgress, terminal } from './output.ts';

/** `hydria secrets rotate`: a new master key, without touching what it protects. */
export async function secrets(args: readonly string[]): Promise<number> {
  const { positionals } = parseArgs({ args: [...args], options: {}, allowPositionals: true });
  if (positionals.length !== 1 || positionals[0] !== 'rotate')
    throw badRequest('Say what to do: ./hydria secrets rotate');
  const facts = await hostFacts();
  if (facts.uid !== 0) throw new CloudError('forbidden', 'This needs the rights of root: run it with sudo.');
  const paths = hostPaths();
  const steps = rotationSteps({ paths, supervisor: chooseSupervisor(facts, paths) });
  await withSetupLock(() => runSteps(steps, showProgress(terminal)));
  print(terminal, `There is a new master key in ${paths.secrets}: keep a copy of that file in a safe place.`);
  return 0;
}
