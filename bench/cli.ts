import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { environment } from '#kernel/environment.ts';
import { exec } from '#kernel/exec.ts';
import { RealCloud } from '#test/support/real-cloud.ts';
import { ms, printLine, printMachine, ratio, verdict } from './support/report.ts';
import { quantile, serial } from './support/stats.ts';

/** How long a verb takes from its first key to the shell's next line, launcher and all. */
const RUNS = 20;
const BUDGET_MS = 150;
const HYDRIA = join(import.meta.dirname, '../hydria');

const PEERS = [
  ['docker --version', '/usr/bin/env', ['docker', '--version']],
  ['openstack --version', '/usr/bin/python3', ['-W', 'ignore', '/usr/bin/openstack', '--version']],
] as const;

await printMachine('The command line');
const cache = await mkdtemp(join(tmpdir(), 'bench-cli-'));
const cloud = await RealCloud.start();
try {
  const env = {
    PATH: environment('PATH') ?? '',
    XDG_CACHE_HOME: cache,
    OS_AUTH_URL: `${cloud.baseUrl}/identity/v3`,
    OS_USERNAME: 'admin',
    OS_PASSWORD: cloud.adminPassword,
    OS_PROJECT_NAME: 'admin',
  };
  const p50 = async (program: string, args: readonly string[]) => {
    await exec(program, args, { env }); // warm, and signed in
    return quantile(await serial(RUNS, () => exec(program, args, { env })), 0.5);
  };
  const own = await p50(HYDRIA, ['ps']);
  printLine('hydria ps, p50 of 20', ms(own), verdict(own <= BUDGET_MS, `${BUDGET_MS} ms`));
  printLine('hydria version', ms(await p50(HYDRIA, ['version'])));
  for (const [name, program, args] of PEERS) {
    const peer = await p50(program, args).catch(() => undefined); // not on this machine
    if (peer !== undefined) printLine(name, ms(peer), `hydria ps takes ${ratio(own, peer)}`);
  }
} finally {
  await cloud.close();
  await rm(cache, { recursive: true });
}
