import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Serial } from '#kernel/serial.ts';
import type { NetworkSpec, PortSpec } from '../driver.ts';
import type { Daemon, Daemons } from './daemon.ts';
import { dhcpArguments, portFiles, subnetOptions } from './dhcp-files.ts';
import type { Names } from './names.ts';

export interface LeasesDeps {
  readonly names: Names;
  readonly daemons: Daemons;
  /** Of all networks' files. */
  readonly directory: string;
}

/**
 * DHCP: a server beside the network's resolver as long as any port here asks for it. It reads a file per port and one for the
 * subnets, so that no change touches another's; what it gave away it need not remember. It is started anew with every
 * change: dnsmasq 2.90 dies of SIGHUP once it has given a lease.
 */
export class Leases {
  readonly #deps: LeasesDeps;
  readonly #serial = new Serial();
  readonly #daemons = new Map<string, Daemon>();

  constructor(deps: LeasesDeps) {
    this.#deps = deps;
  }

  ensure(spec: NetworkSpec): Promise<void> {
    return this.#serial.run(spec.id, async () => {
      const { hosts, options } = await this.#prepare(spec.id);
      await write(join(options, '0-subnets'), subnetOptions(spec));
      const pidFile = this.#pidFile(spec.id);
      if (spec.dhcp.length > 0)
        this.#daemons.set(spec.id, {
          namespace: this.#deps.names.namespace('resolver', spec.id),
          argv: dhcpArguments(spec, { pidFile, hosts, options }),
          pidFile,
        });
      else this.#daemons.delete(spec.id);
      await this.#restart(spec.id);
    });
  }

  async set(port: PortSpec): Promise<void> {
    const { dhcp } = port;
    if (!dhcp) return this.removePort(port.networkId, port.id);
    await this.#serial.run(port.networkId, async () => {
      const { hosts, options } = await this.#prepare(port.networkId);
      const files = portFiles(port, dhcp);
      await write(join(options, port.id), files.options);
      await write(join(hosts, port.id), files.hosts);
      await this.#restart(port.networkId);
    });
  }

  async removePort(networkId: string, portId: string): Promise<void> {
    const { hosts, options } = this.#paths(networkId);
    if (!(await list(hosts)).includes(portId)) return;
    await this.#serial.run(networkId, async () => {
      await Promise.all([hosts, options].map((path) => rm(join(path, portId), { force: true })));
      await this.#restart(networkId);
    });
  }

  /** Its files go with those of the network. */
  remove(networkId: string): Promise<void> {
    return this.#serial.run(networkId, async () => {
      this.#daemons.delete(networkId);
      await this.#deps.daemons.stop(this.#pidFile(networkId));
    });
  }

  /** A network that this process has not ensured yet is served when it is. */
  async #restart(networkId: string): Promise<void> {
    const daemon = this.#daemons.get(networkId);
    await this.#deps.daemons.stop(this.#pidFile(networkId));
    if (daemon && (await list(this.#paths(networkId).hosts)).length > 0)
      await this.#deps.daemons.ensure(daemon);
  }

  async #prepare(networkId: string): Promise<{ hosts: string; options: string }> {
    const paths = this.#paths(networkId);
    for (const path of [paths.hosts, paths.options]) await mkdir(path, { recursive: true, mode: 0o755 });
    return paths;
  }

  #paths(networkId: string): { hosts: string; options: string } {
    const base = join(this.#deps.directory, networkId);
    return { hosts: join(base, 'dhcp-hosts'), options: join(base, 'dhcp-options') };
  }

  #pidFile(networkId: string): string {
    return join(this.#deps.directory, networkId, 'dhcp.pid');
  }
}

const list = (path: string): Promise<string[]> => readdir(path).catch(() => []);

/** Whole or not at all: the server may be started at any time, and reads no name that begins with a dot. */
async function write(path: string, text: string): Promise<void> {
  const hidden = path.replace(/[^/]*$/, '.new-$&');
  await writeFile(hidden, text, { mode: 0o644 });
  await rename(hidden, path);
}
