import { stat } from 'node:fs/promises';
import { unavailable } from '#kernel/errors.ts';
import { newSecret } from '#kernel/ids.ts';
import { getConfig } from './config-file.ts';
import type { Supervisor } from './daemons.ts';
import { writeWhole } from './files.ts';
import type { HostPaths } from './paths.ts';
import { findHealth, waitUntilReady } from './readiness.ts';
import { getSecrets, secretsText, type Secrets } from './secrets.ts';
import type { Step } from './steps.ts';

export interface RotationDeps {
  readonly paths: HostPaths;
  readonly supervisor: Pick<Supervisor, 'watches' | 'start' | 'stop' | 'logHint'>;
  /** Resolves when control answers; by then it has wrapped every key by the newest master key. */
  readonly controlAnswers?: () => Promise<void>;
}

/**
 * A new master key for all that is encrypted at rest. The old one is dropped only when control has come up with both, and
 * so has wrapped every key anew; cut off anywhere, the file holds what opens everything, and the next run goes on.
 */
export function rotationSteps(deps: RotationDeps): readonly Step[] {
  const keys = async () => (await getSecrets(deps.paths)).masterKeys;
  return [
    {
      name: 'put a new master key before the old one',
      mend: 'run ./hydria up first, so that there is a cloud',
      done: async () => (await keys()).length > 1,
      async run() {
        if (!(await deps.supervisor.watches('control'))) throw unavailable('control does not run');
        await change(deps.paths, (old) => [newSecret(32), ...old]);
      },
    },
    restartControl(deps),
    {
      name: 'drop the old master key',
      mend: `look at masterKeys in ${deps.paths.secrets}, and run it again`,
      done: async () => (await keys()).length === 1,
      run: () => change(deps.paths, (all) => all.slice(0, 1)),
    },
  ];
}

function restartControl({ paths, supervisor, controlAnswers = () => answers(paths) }: RotationDeps): Step {
  let restarted = false;
  return {
    name: 'restart control, which wraps every key by the new one',
    mend: `see its log: ${supervisor.logHint('control')}; then run ./hydria up, and this again: nothing is lost`,
    done: async () => restarted,
    async run() {
      await supervisor.stop('control');
      await supervisor.start('control');
      await controlAnswers();
      restarted = true;
    },
  };
}

const READY_LIMIT_MS = 60_000;

/** Control by itself: whether nodes are back already does not matter here. */
async function answers(paths: HostPaths): Promise<void> {
  const { http } = await getConfig(paths);
  const control = async () => {
    const health = await findHealth(http.publicUrl);
    return health && { ...health, nodes: Math.max(1, health.nodes) };
  };
  await waitUntilReady(control, READY_LIMIT_MS);
}

async function change(paths: HostPaths, next: (keys: readonly string[]) => readonly string[]): Promise<void> {
  const secrets: Secrets = await getSecrets(paths);
  const { uid, gid, mode } = await stat(paths.secrets);
  const text = secretsText({ ...secrets, masterKeys: next(secrets.masterKeys) });
  await writeWhole(paths.secrets, text, { mode: mode & 0o777, owner: { uid, gid } });
}
