import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { exec } from '#kernel/exec.ts';
import { messageOf } from '#kernel/errors.ts';
import { buildDashboard } from '../deploy/host/dashboard.ts';
import { hostFacts, type HostFacts } from '../deploy/host/facts.ts';
import { exists } from '../deploy/host/files.ts';
import { installPackages, missingPackages, neededPackages, TEST_PACKAGES } from '../deploy/host/packages.ts';
import { obstacles } from '../deploy/host/preflight.ts';
import { print, terminal } from './output.ts';
import { addTallies, parseSummary, parseVitest, summaryLine, type Tally } from './tally.ts';

const TOP = join(import.meta.dirname, '../..');
const HOUR_MS = 3_600_000;

const SCRIPTS = join(TOP, 'test/conformance');
/** The option for the tests that install an OpenStack's packages, some hundred MB. */
const BESIDE = 'beside-openstack';

/** `hydria test`: the house rules, then every test that this machine can run. Silent about what passes. */
export async function test(args: readonly string[]): Promise<number> {
  const { values, positionals: only } = parseArgs({
    args: [...args],
    options: { [BESIDE]: { type: 'boolean' } },
    allowPositionals: true,
  });
  const facts = await hostFacts();
  const tallies = [
    await installTools(facts),
    await runBuild(),
    await runChecks(),
    await runVitest(facts, only),
    await runConformance(facts),
    values[BESIDE] ? await runScript(join(SCRIPTS, 'beside-openstack.sh')) : NOTHING,
  ];
  const total = tallies.reduce(addTallies);
  print(terminal, ...total.failures, summaryLine(total));
  return total.failed === 0 ? 0 : 1;
}

const NOTHING: Tally = { passed: 0, failed: 0, skipped: 0, failures: [] };
const PASSED: Tally = { ...NOTHING, passed: 1 };
const failed = (name: string, why: string): Tally => ({
  ...NOTHING,
  failed: 1,
  failures: [`FAILED ${name}\n${why}`],
});

/** Where packages cannot be installed, the tests that need them say so themselves. */
async function installTools(facts: HostFacts): Promise<Tally> {
  if (obstacles(facts).length > 0) return NOTHING;
  try {
    const missing = await missingPackages([...(await neededPackages()), ...TEST_PACKAGES]);
    if (missing.length > 0) await installPackages(missing);
    return NOTHING;
  } catch (thrown) {
    return failed('install what tests need', messageOf(thrown));
  }
}

async function runChecks(): Promise<Tally> {
  const options = { cwd: TOP, okCodes: [0, 1], timeout: HOUR_MS };
  const { code, stderr } = await exec(process.execPath, ['tools/check.ts'], options);
  return code === 0 ? PASSED : failed('npm run check', stderr);
}

/** Tests open the dashboard in a browser. */
async function runBuild(): Promise<Tally> {
  return buildDashboard().then(
    () => NOTHING,
    (thrown: unknown) => failed('build the dashboard', messageOf(thrown)),
  );
}

/** Tests of the real machine need root. */
async function runVitest({ uid }: HostFacts, only: readonly string[]): Promise<Tally> {
  const projects = ['unit', 'api', ...(uid === 0 ? ['host', 'alone'] : [])];
  const directory = await mkdtemp(join(tmpdir(), 'hydria-test-'));
  try {
    const report = join(directory, 'report.json');
    const args = [
      'node_modules/vitest/vitest.mjs',
      'run',
      '--passWithNoTests',
      '--reporter=json',
      `--outputFile=${report}`,
      ...projects.flatMap((name) => ['--project', name]),
      ...only,
    ];
    const { stderr } = await exec(process.execPath, args, { cwd: TOP, okCodes: [0, 1], timeout: HOUR_MS });
    if (!(await exists(report))) return failed('vitest', stderr);
    return parseVitest(await readFile(report, 'utf8'), TOP);
  } finally {
    await rm(directory, { recursive: true });
  }
}

/** Side by side but for those that would see each other: one closes the node to containers, one is alarmed by any stack. */
const CONFORMANCE = [
  ['appcontainer.sh', 'cli.sh'],
  ['ground.sh', 'secrets.sh'],
  ['stacks.sh', 'alarms.sh'],
];

/** The upstream clients against a cloud of this machine; a cloud that runs is used and stays. */
async function runConformance({ uid }: HostFacts): Promise<Tally> {
  if (uid !== 0) return NOTHING;
  const hydria = (...args: readonly string[]) =>
    exec(join(TOP, 'hydria'), args, { cwd: TOP, okCodes: [0, 1, 3], timeout: HOUR_MS });
  const running = (await hydria('status')).code === 0;
  if (!running) {
    const { code, stderr } = await hydria('up');
    if (code !== 0) return failed('hydria up', stderr);
  }
  const tallies = await Promise.all(CONFORMANCE.map(runInTurn));
  if (!running) await hydria('down', '--purge');
  return tallies.reduce(addTallies);
}

async function runInTurn(scripts: readonly string[]): Promise<Tally> {
  let total = NOTHING;
  for (const script of scripts) {
    const run = runScript(join(SCRIPTS, script));
    total = addTallies(total, await run.catch((thrown: unknown) => failed(script, messageOf(thrown))));
  }
  return total;
}

/** Its own last line says how it went. A script that a signal ends throws. */
async function runScript(script: string): Promise<Tally> {
  if (!(await exists(script))) return NOTHING;
  const options = { cwd: TOP, okCodes: [...Array(126).keys()], timeout: HOUR_MS, maxOutput: 1 << 24 };
  const { code, stdout, stderr } = await exec(script, [], options);
  const summary = parseSummary(stdout);
  if (code === 0 && (summary?.failed ?? 0) === 0) return summary ?? PASSED;
  const { failures } = failed('conformance', `${stdout}${stderr}`);
  return { ...(summary ?? NOTHING), failed: Math.max(1, summary?.failed ?? 1), failures };
}
