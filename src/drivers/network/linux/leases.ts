import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { NetworkSpec, PortSpec } from '../driver.ts';
import { portFiles, subnetOptions } from './dhcp-files.ts';

/** The files that a network's DHCP reads: one per port and one for its subnets, so that no change touches another's. */
export class Leases {
  readonly #directory: string;

  /** @param directory of all networks' files. */
  constructor(directory: string) {
    this.#directory = directory;
  }

  paths(networkId: string): { hosts: string; options: string } {
    const base = join(this.#directory, networkId);
    return { hosts: join(base, 'dhcp-hosts'), options: join(base, 'dhcp-options') };
  }

  async prepare(spec: NetworkSpec): Promise<void> {
    const { hosts, options } = this.paths(spec.id);
    await Promise.all([hosts, options].map((path) => mkdir(path, { recursive: true, mode: 0o755 })));
    await write(join(options, '0-subnets'), subnetOptions(spec));
  }

  /** @returns whether there was anything to change. */
  async set(port: PortSpec): Promise<boolean> {
    if (!port.dhcp) return false;
    const { hosts, options } = this.paths(port.networkId);
    const files = portFiles(port, port.dhcp);
    await Promise.all([hosts, options].map((path) => mkdir(path, { recursive: true, mode: 0o755 })));
    await write(join(options, port.id), files.options);
    await write(join(hosts, port.id), files.hosts);
    return true;
  }

  async remove(networkId: string, portId: string): Promise<void> {
    const { hosts, options } = this.paths(networkId);
    await Promise.all([hosts, options].map((path) => rm(join(path, portId), { force: true })));
  }
}

/** Whole or not at all: dnsmasq, which is nobody, may read at any time, but no name that begins with a dot. */
async function write(path: string, text: string): Promise<void> {
  const hidden = path.replace(/[^/]*$/, '.new-$&');
  await writeFile(hidden, text, { mode: 0o644 });
  await rename(hidden, path);
}
