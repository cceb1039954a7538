import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { exec } from '#kernel/exec.ts';
import { DAEMONS, daemonCommand, type DaemonName, type Supervisor } from './daemons.ts';
import { exists, findText, writeWhole } from './files.ts';
import type { HostPaths } from './paths.ts';

/** Supervision by systemd: a unit per daemon, started at boot too. */
export class SystemdSupervisor implements Supervisor {
  readonly #paths: HostPaths;

  constructor(paths: HostPaths) {
    this.#paths = paths;
  }

  async watches(name: DaemonName): Promise<boolean> {
    const current = (await findText(this.#unitPath(name))) === unitText(name, this.#paths);
    return current && (await systemctl('is-active', '--quiet', unitName(name))) === 0;
  }

  async start(name: DaemonName): Promise<void> {
    await writeWhole(this.#unitPath(name), unitText(name, this.#paths), { mode: 0o644 });
    await exec('systemctl', ['daemon-reload']);
    await exec('systemctl', ['enable', '--quiet', unitName(name)]);
    await exec('systemctl', ['restart', unitName(name)], { timeout: 120_000 });
  }

  async stop(name: DaemonName): Promise<void> {
    if ((await findText(this.#unitPath(name))) === undefined) return;
    await exec('systemctl', ['disable', '--now', '--quiet', unitName(name)], { timeout: 120_000 });
  }

  logHint(name: DaemonName): string {
    return `journalctl -u ${unitName(name)}`;
  }

  #unitPath(name: DaemonName): string {
    return join(this.#paths.units, unitName(name));
  }
}

/** The units of ours that are there. */
export async function unitPaths(paths: HostPaths): Promise<readonly string[]> {
  const all = DAEMONS.map((name) => join(paths.units, unitName(name)));
  const present = await Promise.all(all.map(exists));
  return all.filter((_, index) => present[index]);
}

/** Takes our units away. Idempotent; the daemons are stopped already. */
export async function removeUnits(paths: HostPaths): Promise<void> {
  for (const path of await unitPaths(paths)) await rm(path);
  await exec('systemctl', ['daemon-reload']);
}

const unitName = (name: DaemonName): string => `hydria-${name}.service`;

/** KillMode=process: workloads outlive the node. RestartSec follows the shell supervisor: at once, then slower. */
export const unitText = (name: DaemonName, paths: HostPaths): string =>
  `[Unit]
Description=Hydria ${name}
After=network.target${name === 'node' ? ' hydria-control.service' : ''}
StartLimitIntervalSec=0

[Service]
ExecStart=${daemonCommand(name, paths).map(quoteUnitWord).join(' ')}
RuntimeDirectory=hydria
RuntimeDirectoryPreserve=yes
Restart=always
RestartSec=100ms
${name === 'node' ? 'KillMode=process\nDelegate=yes\n' : ''}
[Install]
WantedBy=multi-user.target
`;

/** systemd.service(5): quotes, and its own signs doubled. */
const quoteUnitWord = (word: string): string =>
  `"${word.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('%', '%%').replaceAll('$', '$$$$')}"`;

async function systemctl(...args: readonly string[]): Promise<number> {
  return (await exec('systemctl', args, { okCodes: [0, 1, 3, 4] })).code;
}
