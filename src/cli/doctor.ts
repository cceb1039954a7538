import { parseArgs } from 'node:util';
import { runChecks, type Finding } from '../deploy/host/doctor/check.ts';
import { cloudChecks } from '../deploy/host/doctor/cloud-checks.ts';
import { kernelChecks } from '../deploy/host/doctor/kernel-checks.ts';
import { machineChecks } from '../deploy/host/doctor/machine-checks.ts';
import { hostFacts } from '../deploy/host/facts.ts';
import { hostPaths } from '../deploy/host/paths.ts';
import { chooseSupervisor } from '../deploy/host/supervisors.ts';
import { print, printJson, terminal } from './output.ts';

/** `hydria doctor [--json]`. @returns 1 when anything is wrong. */
export async function doctor(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({ args: [...args], options: { json: { type: 'boolean' } } });
  const [facts, paths] = [await hostFacts(), hostPaths()];
  const cloud = cloudChecks(paths, chooseSupervisor(facts, paths));
  const findings = await runChecks([...machineChecks(facts), ...kernelChecks(), ...cloud]);
  if (values.json === true) printJson(terminal, findings);
  else print(terminal, ...describeFindings(findings));
  return findings.every(({ ok }) => ok) ? 0 : 1;
}

export function describeFindings(findings: readonly Finding[]): readonly string[] {
  const bad = findings.filter(({ ok }) => !ok).length;
  const lines = findings.flatMap(({ name, ok, problem, mend }) =>
    ok ? [`ok    ${name}`] : [`WRONG ${name}: ${problem}`, `      mend: ${mend}`],
  );
  return [
    ...lines,
    bad === 0 ? 'All is well.' : `${bad} of ${findings.length} checks found something wrong.`,
  ];
}
