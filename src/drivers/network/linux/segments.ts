import { badRequest, conflict } from '#kernel/errors.ts';
import { ExecError } from '#kernel/exec.ts';
import type { NetworkSpec, SegmentSpec } from '../driver.ts';
import type { Filters } from './filters.ts';
import type { Host } from './host.ts';
import type { Links } from './links.ts';
import { BRIDGE } from './links.ts';
import { macOf, type Names } from './names.ts';
import type { Remotes } from './remotes.ts';

export interface SegmentsDeps {
  readonly host: Host;
  readonly names: Names;
  readonly links: Links;
  readonly filters: Filters;
  readonly remotes: Remotes;
  /** The machine's interfaces by the names of the physical networks that they are in. */
  readonly physical: Readonly<Record<string, string>>;
}

const PORT = 4789;

/**
 * What joins a network's bridge to its like on other machines: a device that is born on the machine, where its outer packets
 * stay, and lives in the network's namespace. A tunnel learns nothing and floods nothing: what it knows is written by `Remotes`.
 */
export class Segments {
  readonly #deps: SegmentsDeps;

  constructor(deps: SegmentsDeps) {
    this.#deps = deps;
  }

  async ensure(spec: NetworkSpec, network: string): Promise<void> {
    const { filters, host, names, remotes } = this.#deps;
    const device = names.device('segment', spec.id);
    const label = spec.segment && `segment ${describe(spec.segment)}`;
    const found = await this.#find(network, device);
    if (found !== undefined && found !== label) await this.#remove(network, device);
    if (!spec.segment) return;
    if (found !== label)
      await host.ip(null, [`link add ${this.#birth(spec, spec.segment, network)}`]).catch(refuseTaken(spec));
    await filters.set(network, { device, mac: macOf(spec.id), addresses: [], filter: null });
    await host.ip(network, [
      `link set ${device} alias "${label}" addrgenmode none mtu ${spec.mtu} master ${BRIDGE} up`,
    ]);
    if (spec.segment.type !== 'vxlan') return;
    await host.ip(network, [`link set ${device} type bridge_slave learning off flood off`]);
    await remotes.attach(spec.id, { network, device, isNew: found !== label });
  }

  /** Its device goes with the namespace. */
  forget(id: string): void {
    this.#deps.remotes.detach(id);
  }

  async #remove(network: string, device: string): Promise<void> {
    const { filters, links } = this.#deps;
    await filters.remove(network, device); // first, because the device is what tells that there is something to remove
    await links.disconnect(network, device);
  }

  #birth({ id, mtu }: NetworkSpec, segment: SegmentSpec, network: string): string {
    const name = this.#deps.names.device('segment', id);
    const place = `${name} mtu ${mtu} netns ${network}`;
    if (segment.type === 'vxlan')
      return `${place} type vxlan id ${segment.id} dstport ${PORT} ttl 64 nolearning proxy`;
    const parent = this.#deps.physical[segment.physicalNetwork];
    if (parent === undefined)
      throw badRequest(`This machine has no interface in the physical network '${segment.physicalNetwork}'.`);
    return segment.type === 'vlan'
      ? `link ${parent} ${place} type vlan id ${segment.id}`
      : `link ${parent} ${place} type macvlan mode passthru`;
  }

  /** @returns the device's label; undefined when there is none. */
  async #find(network: string, device: string): Promise<string | undefined> {
    const [devices = []] = await this.#deps.host.show<{ ifname: string; ifalias?: string }>(network, [
      'link show',
    ]);
    const found = devices.find(({ ifname }) => ifname === device);
    return found && (found.ifalias ?? '');
  }
}

/** Kernels say it in a sentence or by their number alone. */
const TAKEN = /already exists|File exists/;

/** A machine has each VXLAN number once, also when its device is in another namespace. */
const refuseTaken =
  ({ segment }: NetworkSpec) =>
  (thrown: unknown): never => {
    if (!(thrown instanceof ExecError && TAKEN.test(thrown.stderr))) throw thrown;
    throw conflict(
      `The ${segment?.type} ${segment && 'id' in segment ? segment.id : ''} is taken on this machine: another cloud on it needs numbers of its own (network.vnis).`,
      { cause: thrown, retryable: true },
    );
  };

const describe = (segment: SegmentSpec): string =>
  segment.type === 'vxlan'
    ? `vxlan ${segment.id}`
    : `${segment.type} ${segment.physicalNetwork}${segment.type === 'vlan' ? ` ${segment.id}` : ''}`;
