import { parseArgs } from 'node:util';
import { findConfig } from '../deploy/host/config-file.ts';
import { DAEMONS, findDaemons, type DaemonName } from '../deploy/host/daemons.ts';
import { hostFacts } from '../deploy/host/facts.ts';
import { hostPaths, type HostPaths } from '../deploy/host/paths.ts';
import { processUsage } from '../deploy/host/processes.ts';
import { describeHealth, findHealth, isReady, type Health } from '../deploy/host/readiness.ts';
import { chooseSupervisor } from '../deploy/host/supervisors.ts';
import { duration, mebibytes, print, printJson, table, terminal } from './output.ts';

interface DaemonStatus {
  readonly name: DaemonName;
  readonly running: boolean;
  readonly supervised: boolean;
  readonly pid: number | null;
  readonly uptimeSeconds: number;
  readonly rssBytes: number;
}

export interface Status {
  readonly ready: boolean;
  readonly url: string | null;
  readonly api: string;
  readonly nodes: number;
  readonly services: Health['services'];
  readonly daemons: readonly DaemonStatus[];
}

/** `hydria status [--json]`. @returns 0 when the cloud is ready, else 3 as service managers do. */
export async function status(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({ args: [...args], options: { json: { type: 'boolean' } } });
  const found = await findStatus(hostPaths());
  if (values.json === true) printJson(terminal, found);
  else print(terminal, ...describe(found));
  return found.ready ? 0 : 3;
}

async function findStatus(paths: HostPaths): Promise<Status> {
  const url = (await readableConfig(paths))?.http.publicUrl;
  const health = url === undefined ? undefined : await findHealth(url);
  return {
    ready: isReady(health),
    url: url ?? null,
    api: describeHealth(health),
    nodes: health?.nodes ?? 0,
    services: health?.services ?? {},
    daemons: await Promise.all(DAEMONS.map((name) => daemonStatus(name, paths))),
  };
}

/** Who may not read the configuration still sees what runs. */
const readableConfig = (paths: HostPaths) => findConfig(paths).catch(() => undefined);

async function daemonStatus(name: DaemonName, paths: HostPaths): Promise<DaemonStatus> {
  const supervised = await chooseSupervisor(await hostFacts(), paths).watches(name);
  const [found] = await findDaemons(name, paths);
  const usage = found === undefined ? undefined : await processUsage(found.pid);
  return {
    name,
    running: usage !== undefined,
    supervised,
    pid: found?.pid ?? null,
    uptimeSeconds: Math.round(usage?.uptime ?? 0),
    rssBytes: usage?.rss ?? 0,
  };
}

export function describe(found: Status): readonly string[] {
  const rows = found.daemons.map(({ name, running, supervised, pid, uptimeSeconds, rssBytes }) =>
    running
      ? [
          name,
          'running',
          `pid ${pid}`,
          duration(uptimeSeconds),
          mebibytes(rssBytes),
          supervised ? '' : 'without a supervisor: run ./hydria up',
        ]
      : [name, supervised ? 'starting' : 'stopped', '', '', '', ''],
  );
  const services = Object.keys(found.services);
  return [
    ...table([...rows, ['api', found.api, found.url ?? '', '', '', '']]),
    ...(services.length > 0 ? [`services  ${services.join(', ')}`] : []),
    `nodes     ${found.nodes}`,
  ];
}
