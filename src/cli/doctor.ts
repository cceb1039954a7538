import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { runChecks, type Finding } from '../deploy/host/doctor/check.ts';
import { cloudChecks } from '../deploy/host/doctor/cloud-checks.ts';
import { kernelChecks } from '../deploy/host/doctor/kernel-checks.ts';
import { machineChecks } from '../deploy/host/doctor/machine-checks.ts';
import { networkChecks } from '../deploy/host/doctor/network-checks.ts';
import { runtimeChecks } from '../deploy/host/doctor/runtime-checks.ts';
import { volumeChecks } from '../deploy/host/doctor/volume-checks.ts';
import { findConfig } from '../deploy/host/config-file.ts';
import { hostFacts } from '../deploy/host/facts.ts';
import { hostPaths } from '../deploy/host/paths.ts';
import { ROOT_OWNER } from '../deploy/host/files.ts';
import { chooseSupervisor } from '../deploy/host/supervisors.ts';
import { findControlUser } from '../deploy/host/user.ts';
import { print, printJson, terminal } from './output.ts';

/** What the clear driver brings: this room does not reach it. */
export type DescribeClear = (directory: string) => Promise<Readonly<Record<string, string>>>;

/** `hydria doctor [--json]`. @returns 1 when anything is wrong. */
export async function doctor(args: readonly string[], describeClear: DescribeClear): Promise<number> {
  const { values } = parseArgs({ args: [...args], options: { json: { type: 'boolean' } } });
  const [facts, paths] = [await hostFacts(), hostPaths()];
  const cloud = cloudChecks(paths, chooseSupervisor(facts, paths));
  const config = await findConfig(paths).catch(() => undefined); // the checks of the cloud tell what is wrong with it
  const volumes = volumeChecks(config?.volumes, (await findControlUser()) ?? ROOT_OWNER);
  const findings = await runChecks([
    ...machineChecks(facts),
    ...kernelChecks(),
    ...volumes,
    ...networkChecks(config),
    ...runtimeChecks(config?.node, () => describeClear(join(paths.data, 'node/clear/parts'))),
    ...cloud,
  ]);
  if (values.json === true) printJson(terminal, findings);
  else print(terminal, ...describeFindings(findings));
  return findings.every(({ ok }) => ok) ? 0 : 1;
}

export function describeFindings(findings: readonly Finding[]): readonly string[] {
  const bad = findings.filter(({ ok }) => !ok).length;
  const lines = findings.flatMap(({ name, ok, note, problem, mend }) =>
    ok
      ? [`ok    ${name}${note === undefined ? '' : `: ${note}`}`]
      : [`WRONG ${name}: ${problem}`, `      mend: ${mend}`],
  );
  return [
    ...lines,
    bad === 0 ? 'All is well.' : `${bad} of ${findings.length} checks found something wrong.`,
  ];
}
