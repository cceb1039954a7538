import { hostname } from 'node:os';
import { parseArgs } from 'node:util';
import { CloudError } from '#kernel/errors.ts';
import { CONTAINER_VERBS, type Verb } from './cli/containers/verbs.ts';
import { productVersion } from './cli/version.ts';

/** Every verb loads its own modules alone: `status` need not pay for the control plane. */
const VERBS: Readonly<Record<string, Verb>> = {
  up: {
    help: 'set up what is missing, start the cloud, wait until it is ready   [--address IP]',
    run: async (args) => {
      const { up } = await import('./cli/up.ts');
      return up(args, {
        version: productVersion(),
        ensurePki: async (directory) =>
          (await import('#ssntp/pki.ts')).ensurePki(directory, { name: hostname() }),
        seed: async (options) => (await import('./deploy/seed.ts')).seedCloud(options),
      });
    },
  },
  down: {
    help: 'stop it; the next up brings back what ran                        [--purge [--packages]]',
    run: async (args) => {
      const { down } = await import('./cli/down.ts');
      return down(args, {
        stopWorkloads: async (config) => (await import('#node/main.ts')).stopWorkloads(config),
      });
    },
  },
  status: {
    help: 'say what runs                                                    [--json]',
    run: async (args) => (await import('./cli/status.ts')).status(args),
  },
  doctor: {
    help: 'look for what is wrong with this machine, and say how to mend it [--json]',
    run: async (args) => {
      const [{ doctor }, { describeParts }] = await Promise.all([
        import('./cli/doctor.ts'),
        import('#drivers/runtime/clear/machine/details.ts'),
      ]);
      return doctor(args, describeParts);
    },
  },
  audit: {
    help: 'say who changed what                                [--project ID] [--user ID] [--since TIME] …',
    run: async (args) => (await import('./cli/audit.ts')).audit(args),
  },
  secrets: {
    help: 'rotate: a new master key for all that is encrypted at rest',
    run: async (args) => (await import('./cli/secrets.ts')).secrets(args),
  },
  test: {
    help: 'set up what tests need, and run every one that this machine can run [--beside-openstack]',
    run: async (args) => (await import('./cli/test.ts')).test(args),
  },
  dashboard: {
    help: 'build the dashboard where its sources have changed',
    run: async () => (await import('./cli/dashboard.ts')).dashboard(),
  },
  policy: {
    help: 'show who may do what, or check the policy files                  show | check [--rule R …]',
    run: async (args) => {
      const [{ policy }, { RULES }] = await Promise.all([import('./cli/policy.ts'), import('./compose.ts')]);
      return policy(args, RULES);
    },
  },
  runtime: {
    help: 'build the small kernel and QEMU of clear containers                      tune clear',
    run: async (args) => {
      const [{ runtime }, { planTuning, TUNE_PACKAGES }] = await Promise.all([
        import('./cli/runtime.ts'),
        import('#drivers/runtime/clear/tune/tune.ts'),
      ]);
      return runtime(args, { packages: TUNE_PACKAGES, plan: planTuning });
    },
  },
  tokens: {
    help: 'the keys that sign tokens                                        keys | rotate | drop ID',
    run: async (args) => (await import('./cli/tokens.ts')).tokens(args),
  },
  kuryr: {
    help: 'serve Docker and Kubernetes networks of any OpenStack                   [--config FILE]',
    run: async (args) => daemon((await import('./kuryr/main.ts')).runKuryr, args),
  },
  ...CONTAINER_VERBS,
  version: {
    help: 'print the version',
    run: async () => {
      console.log(productVersion());
      return 0;
    },
  },
  control: {
    run: async (args) => daemon((await import('./control.ts')).runControl, args),
  },
  node: {
    run: async (args) => daemon((await import('#node/main.ts')).runNode, args),
  },
  compile: {
    run: async () => {
      await Promise.all([import('./control.ts'), import('#node/main.ts')]);
      return 0;
    },
  },
  'node-stop': {
    run: async (args) => daemon((await import('#node/main.ts')).stopWorkloads, args),
  },
};

async function daemon(run: (configPath: string) => Promise<void>, args: readonly string[]): Promise<number> {
  const { values } = parseArgs({ args: [...args], options: { config: { type: 'string' } } });
  await run(values.config ?? '/etc/hydria/config.yaml');
  return 0;
}

function usage(): string {
  const width = Math.max(...Object.keys(VERBS).map((name) => name.length));
  const lines = Object.entries(VERBS).flatMap(([name, { help }]) =>
    help === undefined ? [] : [`  ${name.padEnd(width)}  ${help}`],
  );
  return ['Usage: ./hydria VERB', ...lines].join('\n');
}

async function main([name = 'help', ...args]: readonly string[]): Promise<number> {
  const verb = Object.hasOwn(VERBS, name) ? VERBS[name] : undefined;
  if (verb !== undefined) return verb.run(args);
  const asked = ['help', '--help', '-h'].includes(name);
  (asked ? console.log : console.error)(asked ? usage() : `Unknown verb '${name}'.\n${usage()}`);
  return asked ? 0 : 2;
}

/** What a person can act on is told in its own words; a bug shows where it is. */
function report(thrown: unknown): number {
  const isUsage = (thrown as NodeJS.ErrnoException | null)?.code?.startsWith('ERR_PARSE_ARGS') ?? false;
  if (thrown instanceof CloudError || isUsage) console.error(`hydria: ${(thrown as Error).message}`);
  else console.error(thrown);
  return isUsage ? 2 : 1;
}

process.exitCode = await main(process.argv.slice(2)).catch(report);
