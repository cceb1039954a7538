import { conflict } from '#kernel/errors.ts';
import { namespacePath, type Host } from './host.ts';
import type { Names } from './names.ts';

/**
 * What a workload's network stack is given: no routing, no word from unasked routers, addresses announced when they
 * come, and, as Docker and containerd have it, ping and low ports without privilege.
 */
const SETTINGS = [
  'net.ipv4.ip_forward=0',
  'net.ipv6.conf.all.accept_ra=0',
  'net.ipv6.conf.default.accept_ra=0',
  'net.ipv4.conf.default.arp_notify=1',
  'net.ipv6.conf.default.ndisc_notify=1',
  'net.ipv4.ping_group_range=0 2147483647',
  'net.ipv4.ip_unprivileged_port_start=0',
];

/** Namespaces that workloads run in. */
export class Sandboxes {
  readonly #host: Host;
  readonly #names: Names;
  /** Those that this process made. */
  readonly #own = new Set<string>();

  constructor(host: Host, names: Names) {
    this.#host = host;
    this.#names = names;
  }

  async ensure(id: string): Promise<string> {
    const name = this.#names.namespace('sandbox', id);
    if (await this.#host.addNamespace(name, SETTINGS)) this.#own.add(id);
    await this.#host.ip(name, ['link set lo up']);
    return namespacePath(name);
  }

  /** @throws CloudError `conflict` when there is no such sandbox. @returns its namespace. */
  async require(id: string): Promise<string> {
    const name = this.#names.namespace('sandbox', id);
    if (!(await this.#host.hasNamespace(name))) throw conflict(`Sandbox ${id} is not on this machine.`);
    return name;
  }

  async remove(id: string): Promise<void> {
    await this.#host.removeNamespace(this.#names.namespace('sandbox', id));
    this.#own.delete(id);
  }

  isOwn(id: string): boolean {
    return this.#own.has(id);
  }

  async hasLinks(id: string): Promise<boolean> {
    const name = this.#names.namespace('sandbox', id);
    if (!(await this.#host.hasNamespace(name))) return false;
    const [devices = []] = await this.#host.show<{ ifname: string }>(name, ['link show']);
    return devices.some(({ ifname }) => ifname !== 'lo');
  }
}
