import type { CloudError } from '#kernel/errors.ts';
import { networkError } from './errors.ts';
import type { Standard } from './standard.ts';

/** Ports of a floating IP that lead to ports of an address inside. */
export interface PortForwarding extends Standard {
  readonly floatingIpId: string;
  readonly protocol: string;
  readonly internalPortId: string;
  readonly internalIpAddress: string;
  readonly internalPortMin: number;
  readonly internalPortMax: number;
  readonly externalPortMin: number;
  readonly externalPortMax: number;
}

export const forwardingNotFound = (id: string): CloudError =>
  networkError('not-found', 'PortForwardingNotFound', `Port Forwarding ${id} could not be found.`);

export const badForwarding = (message: string): CloudError =>
  networkError('bad-request', 'BadRequest', `Bad port_forwarding request: ${message}`);

export interface PortRange {
  readonly min: number;
  readonly max: number;
}

/** `80` or `80:90`. */
export function parsePortRange(text: string): PortRange {
  const [first = '', last = first, ...rest] = text.split(':');
  const range = { min: Number(first), max: Number(last) };
  const isPort = (port: number) => Number.isInteger(port) && port >= 1 && port <= 65_535;
  if (
    rest.length > 0 ||
    !/^\d+$/.test(first) ||
    !isPort(range.min) ||
    !isPort(range.max) ||
    range.min > range.max
  )
    throw badForwarding(`Invalid port value or range '${text}'.`);
  return range;
}

const meets = (a: PortRange, b: PortRange): boolean => a.min <= b.max && b.min <= a.max;

const external = (one: PortForwarding): PortRange => ({ min: one.externalPortMin, max: one.externalPortMax });
const internal = (one: PortForwarding): PortRange => ({ min: one.internalPortMin, max: one.internalPortMax });

/** @throws CloudError when ranges differ in size, or a port of the floating IP or of the address inside is led elsewhere. */
export function assertForwarding(one: PortForwarding, others: readonly PortForwarding[]): void {
  const size = (range: PortRange) => range.max - range.min;
  const [inside, outside] = [internal(one), external(one)];
  if (size(inside) !== size(outside) && size(inside) !== 0)
    throw badForwarding('The number of internal ports must be one or equal to the number of external ports.');
  const alike = others.filter(({ id, protocol }) => id !== one.id && protocol === one.protocol);
  const clash = alike.find(
    (other) =>
      meets(external(other), outside) ||
      (other.internalPortId === one.internalPortId &&
        other.internalIpAddress === one.internalIpAddress &&
        meets(internal(other), inside)),
  );
  if (clash)
    throw badForwarding(
      `A duplicate port forwarding entry with same attributes already exists, conflicting with ${clash.id}.`,
    );
}
