import { canonicalAddress, linkLocal } from '#drivers/network/addresses.ts';
import type { MetadataAnswer, MetadataHandler, PortSpec } from '#drivers/network/driver.ts';
import { messageOf } from '#kernel/errors.ts';
import type { Logger } from '#kernel/log.ts';
import type { Session } from '#ssntp/session.ts';
import { isPort } from './objects.ts';
import type { ControlMethods } from './protocol.ts';
import type { World } from './world.ts';

export interface MetadataDeps {
  readonly world: World;
  /** null while control is away. */
  readonly session: () => Session | null;
  readonly log: Logger;
}

/** Passes a workload's question on to control, with the port that it comes from. What is not a port of here gets nothing. */
export const createMetadata =
  ({ world, session, log }: MetadataDeps): MetadataHandler =>
  async ({ networkId, ...request }) => {
    const port = findPort(world, networkId, request.source);
    if (!port) return failure(404, 'Not Found');
    const line = session();
    if (!line) return failure(503, 'Service Unavailable');
    try {
      const body: ControlMethods['metadata.get']['body'] = { portId: port.id, request };
      return await line.request<MetadataAnswer>('metadata.get', body);
    } catch (thrown) {
      log.warn({ port: port.id, why: messageOf(thrown) }, 'metadata could not be had');
      return failure(503, 'Service Unavailable');
    }
  };

const failure = (status: number, body: string): MetadataAnswer => ({
  status,
  contentType: 'text/plain',
  body,
});

function findPort(world: World, networkId: string, source: string): PortSpec | undefined {
  const from = canonicalAddress(source);
  const has = ({ addresses, mac }: PortSpec): boolean =>
    linkLocal(mac) === from || addresses.some(({ address }) => canonicalAddress(address) === from);
  return world
    .entries()
    .filter(isPort)
    .flatMap(({ wanted, desired }) => (wanted && desired ? [desired.spec] : []))
    .find((spec) => spec.networkId === networkId && has(spec));
}
