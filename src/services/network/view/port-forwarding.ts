import type { PortForwarding } from '../model/port-forwarding.ts';
import type { NetworkDb } from '../tables.ts';

export const forwardingViews = async (_db: NetworkDb, forwardings: readonly PortForwarding[]) =>
  forwardings.map((one) => ({ id: one.id, internal_port_id: one.internalPortId, ...forwardingTerms(one) }));

/** What a floating IP shows of it. A single port is shown as such, and as a range. */
export const forwardingTerms = (one: PortForwarding) => ({
  protocol: one.protocol,
  internal_ip_address: one.internalIpAddress,
  ...portView('internal', one.internalPortMin, one.internalPortMax),
  ...portView('external', one.externalPortMin, one.externalPortMax),
  description: one.description,
});

const portView = (side: string, min: number, max: number) => ({
  ...(min === max ? { [`${side}_port`]: min } : {}),
  [`${side}_port_range`]: `${min}:${max}`,
});
