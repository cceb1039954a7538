import { setTimeout as sleep } from 'node:timers/promises';
import { conflict, unavailable } from '#kernel/errors.ts';
import { ExecError } from '#kernel/exec.ts';
import { Bundles } from './bundles.ts';
import type { Host, Namespace } from './host.ts';
import {
  newLinkState,
  parseLinkState,
  planLink,
  type Link,
  type LinkState,
  type ShownDevice,
  type ShownRoute,
} from './link-plan.ts';

/** The one bridge in the namespace of each network. */
export const BRIDGE = 'br0';

const FORWARDING = 3;
const PAUSES_MS = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024];

/** The number of the group of links that are on their way out. */
const GOING = 7;

/**
 * Makes and changes links. `connect` lays the cable, `configure` gives it addresses and brings it up; between the two
 * a filter can be put in place while nothing can have been said yet.
 */
export class Links {
  readonly #host: Host;
  readonly #removals: Bundles<string>;

  constructor(host: Host) {
    this.#host = host;
    this.#removals = new Bundles((network, devices) => host.ipRemove(network, removal(devices)));
  }

  /** @returns the far end as it is now. A new link is just made; one that is there is looked at first. */
  async connect(link: Link): Promise<LinkState> {
    try {
      return await this.#create(link);
    } catch (error) {
      if (!(error instanceof ExecError) || !error.stderr.includes('File exists')) throw error;
      return this.#adopt(link);
    }
  }

  /** A link that is up carries the first packet when this resolves. */
  async configure(link: Link, state: LinkState): Promise<void> {
    await this.#host.ip(link.namespace, planLink(state, link));
    if (!link.up || state.up) return;
    await this.#forward(link);
    // Its own announcement was lost, but neighbours may have been asking for it: whoever gets its address anew tells them all.
    await this.#host.ip(link.namespace, [`link set ${link.device} address ${link.mac}`]);
  }

  /**
   * The kernel tells the bridge of a new carrier a moment after both ends are up, and what is sent before then is lost. Until
   * then it refuses to let the port forward; it has nearly always done so by the first time it is asked.
   */
  async #forward({ network, bridgeEnd }: Link): Promise<void> {
    for (const pause of PAUSES_MS) {
      try {
        return await this.#host.ip(network, [`link set ${bridgeEnd} type bridge_slave state ${FORWARDING}`]);
      } catch (error) {
        if (!(error instanceof ExecError) || !error.stderr.includes('Network is down')) throw error;
      }
      await sleep(pause);
    }
    throw unavailable(`The device ${bridgeEnd} gets no carrier.`);
  }

  disconnect(network: Namespace, bridgeEnd: string): Promise<void> {
    if (network === null) return this.#host.ipRemove(null, removal([bridgeEnd]));
    return this.#removals.add(network, bridgeEnd);
  }

  async #create(link: Link): Promise<LinkState> {
    const { bridgeEnd, device, mac, mtu } = link;
    const far = `name ${device} address ${mac} mtu ${mtu} netns ${this.#host.reference(link.namespace)}`;
    await this.#host.ip(link.network, [`link add ${bridgeEnd} mtu ${mtu} type veth peer ${far}`]);
    await this.#host.ip(link.network, nearEnd(link));
    return newLinkState(link);
  }

  async #adopt(link: Link): Promise<LinkState> {
    const near = await this.#find(link.network, link.bridgeEnd);
    if (!near) throw conflict(`The device ${link.device} is taken by another port.`);
    const state = near.ifalias === link.label ? await this.#farState(link, near) : undefined;
    if (!state) {
      await this.disconnect(link.network, link.bridgeEnd);
      return this.#create(link);
    }
    const same =
      near.mtu === link.mtu && near.flags.includes('UP') === link.up && near.master === bridgeOf(link);
    await this.#host.ip(link.network, same ? [] : nearEnd(link));
    return state;
  }

  /** @returns undefined when the other end is not where and what it should be. */
  async #farState(link: Link, near: ShownDevice): Promise<LinkState | undefined> {
    // The kernel takes both ends away together: while this one is there, the other is somewhere.
    if (link.handover) return { ...newLinkState(link), label: link.label };
    const { device } = link;
    // Only `link` tells the alias; after it, in one batch, nothing else is told.
    const lines = [`addr show dev ${device}`, 'route show table all', `link show dev ${device}`];
    const shown = await this.#host.show(link.namespace, lines).catch(() => []);
    const [[addressed] = [], routes = [], [found] = []] = shown as [
      ShownDevice[]?,
      ShownRoute[]?,
      ShownDevice[]?,
    ];
    if (found?.link_index !== near.ifindex) return undefined;
    return parseLinkState({ ...found, addr_info: addressed?.addr_info ?? [] }, routes);
  }

  async #find(namespace: Namespace, device: string): Promise<ShownDevice | undefined> {
    const [devices = []] = await this.#host.show<ShownDevice>(namespace, ['link show']);
    return devices.find(({ ifname }) => ifname === device);
  }
}

const bridgeOf = ({ bridge = BRIDGE }: Link): string => bridge;

function nearEnd(link: Link): string[] {
  const { bridgeEnd, label, mtu, up } = link;
  const settings = `alias "${label}" addrgenmode none mtu ${mtu} master ${bridgeOf(link)}`;
  return [`link set ${bridgeEnd} ${settings} ${up ? 'up' : 'down'}`];
}

/** The kernel waits for its readers once per removal: many links go as a group, in one. */
const removal = (devices: readonly string[]): string[] =>
  devices.length === 1
    ? [`link del ${devices[0]}`]
    : [...devices.map((device) => `link set ${device} group ${GOING}`), `link del group ${GOING}`];
