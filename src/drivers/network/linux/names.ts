import { createHash } from 'node:crypto';
import { isUuid } from '#kernel/ids.ts';

/** What a network namespace of ours holds. */
export type Place = 'net' | 'resolver' | 'router' | 'sandbox';

/** What a device of ours is for: a workload's port, a router's interface, a network's foot on the machine, a resolver's two links, its way to other machines, what holds a port's speed down. */
export type DeviceKind = 'port' | 'router' | 'uplink' | 'resolver' | 'relay' | 'segment' | 'brake';

const LETTERS: Record<DeviceKind, string> = {
  port: 'p',
  router: 'r',
  uplink: 'u',
  resolver: 'd',
  relay: 'x',
  segment: 's',
  brake: 'b',
};
const LONGEST_DEVICE = 15;
const PLACE_NAME = /^(net|resolver|router|sandbox)-(.+)$/;

/**
 * Every name that this driver gives to something outside. Names derive from ids alone, so a repeated or interrupted
 * step finds what it made; namespaces carry the id whole, so the machine can be read without a memory.
 */
export class Names {
  /** Tells what is of this driver from what is of another's. */
  readonly prefix: string;

  /** @param prefix at most 4 letters and digits; two drivers on one machine need two. */
  constructor(prefix: string) {
    if (!/^[a-z][a-z0-9]{0,3}$/.test(prefix)) throw new RangeError(`not a prefix for devices: ${prefix}`);
    this.prefix = prefix;
  }

  namespace(place: Place, id: string): string {
    return `${this.prefix}-${place}-${id}`;
  }

  /** @returns undefined for a namespace that is not ours. */
  parse(namespace: string): { place: Place; id: string } | undefined {
    if (!namespace.startsWith(`${this.prefix}-`)) return undefined;
    const match = PLACE_NAME.exec(namespace.slice(this.prefix.length + 1));
    return match ? { place: match[1] as Place, id: match[2] as string } : undefined;
  }

  /** A device name, which Linux holds to 15 characters: enough of the id to be unique in one namespace. */
  device(kind: DeviceKind, id: string): string {
    return `${this.prefix}${LETTERS[kind]}${digits(id)}`.slice(0, LONGEST_DEVICE);
  }

  /** The nftables table that a network has on the machine itself. */
  table(networkId: string): string {
    return `${this.prefix}-${networkId}`;
  }
}

/** What Neutron's agent knows the port's device by. */
export const outsideDevice = (portId: string): string => `tap${portId.slice(0, 11)}`;

/** A locally administered MAC that is always the same for the same name. */
export const macOf = (name: string): string => `02:${hash(name).slice(0, 10).match(/../g)?.join(':')}`;

const digits = (id: string): string => (isUuid(id) ? id.replaceAll('-', '').toLowerCase() : hash(id));
const hash = (text: string): string => createHash('sha1').update(text).digest('hex');
