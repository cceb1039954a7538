import type { Ctx } from '#kernel/context.ts';
import { floatingIpKind, portKind } from '../kinds.ts';
import { networkError, refused } from '../model/errors.ts';
import type { FloatingIp } from '../model/floating-ip.ts';
import type { Port } from '../model/port.ts';
import {
  assertForwarding,
  badForwarding,
  forwardingNotFound,
  parsePortRange,
  type PortForwarding,
  type PortRange,
} from '../model/port-forwarding.ts';
import { changed, newStandard, type Target } from '../model/standard.ts';
import type { CreateForwardingBody, UpdateForwardingBody } from '../schema/port-forwarding.ts';
import { portStore } from '../store/ports.ts';
import { floatingIpStore, forwardingStore } from '../store/stores.ts';
import type { NetworkTx } from '../tables.ts';
import type { UseCaseDeps } from './deps.ts';
import { routerBetween } from './floating-ips.ts';
import { getVisible } from './reader.ts';
import { createEach, type Work } from './unit.ts';

/** Use-cases on ports of floating IPs that lead inside. */
export class PortForwardingService {
  readonly #deps: UseCaseDeps;

  constructor(deps: UseCaseDeps) {
    this.#deps = deps;
  }

  create(ctx: Ctx, parent: Target, bodies: readonly CreateForwardingBody[]): Promise<PortForwarding[]> {
    return createEach(this.#deps.unit, bodies, async (work, body) => {
      const floatingIp = await this.#load(ctx, work, parent, 'create_floatingip_port_forwarding');
      if (floatingIp.portId !== null)
        throw refused(
          'FipInUseByPortForwarding',
          `Floating IP ${floatingIp.id} is associated with port ${floatingIp.portId} and cannot forward ports.`,
        );
      const complete = await this.#settle(ctx, work, floatingIp, newForwarding(ctx, floatingIp, body));
      await forwardingStore.insert(work.tx, [complete]);
      return complete;
    });
  }

  update(ctx: Ctx, parent: Target, id: string, body: UpdateForwardingBody): Promise<PortForwarding> {
    return this.#deps.unit.run(async (work) => {
      const floatingIp = await this.#load(ctx, work, parent, 'update_floatingip_port_forwarding');
      const before = await findForwarding(work.tx, floatingIp.id, id);
      const moved = body.internal_port_id !== undefined && body.internal_ip_address === undefined;
      const after = changed(ctx, before, {
        ...(moved ? { internalIpAddress: '' } : {}),
        ...(body.description === undefined ? {} : { description: body.description ?? '' }),
        ...termsOf(body),
      });
      const complete = await this.#settle(ctx, work, floatingIp, after);
      await forwardingStore.update(work.tx, complete);
      return complete;
    });
  }

  delete(ctx: Ctx, parent: Target, id: string): Promise<void> {
    return this.#deps.unit.run(async (work) => {
      const floatingIp = await this.#load(ctx, work, parent, 'delete_floatingip_port_forwarding');
      await findForwarding(work.tx, floatingIp.id, id);
      await forwardingStore.delete(work.tx, [id]);
      const rest = await forwardingsOf(work.tx, floatingIp.id);
      await setRouter(ctx, work, floatingIp, rest.length > 0 ? floatingIp.routerId : null);
    });
  }

  /** Checks where it leads, and lets the floating IP's router know. */
  async #settle(
    ctx: Ctx,
    work: Work,
    floatingIp: FloatingIp,
    forwarding: PortForwarding,
  ): Promise<PortForwarding> {
    const record = await getVisible(work.tx, ctx, portKind, forwarding.internalPortId);
    const [port] = (await portStore.complete(work.tx, [record])) as [Port];
    const fixed = chosenAddress(port, forwarding.internalIpAddress);
    const complete = { ...forwarding, internalIpAddress: fixed.address };
    const siblings = await forwardingStore.list(work.tx, (eb) =>
      eb.or([eb('floating_ip_id', '=', floatingIp.id), eb('internal_port_id', '=', port.id)]),
    );
    assertForwarding(
      complete,
      siblings.filter(({ floatingIpId }) => floatingIpId === floatingIp.id),
    );
    const routerId = await routerBetween(work, floatingIp.floatingNetworkId, fixed, port);
    const others = siblings.filter(
      (other) => other.floatingIpId === floatingIp.id && other.id !== forwarding.id,
    );
    if (others.length > 0 && floatingIp.routerId !== null && floatingIp.routerId !== routerId)
      throw badForwarding(`Floating IP ${floatingIp.id} is already on router ${floatingIp.routerId}.`);
    await setRouter(ctx, work, floatingIp, routerId);
    return complete;
  }

  async #load(ctx: Ctx, work: Work, target: Target, rule: string): Promise<FloatingIp> {
    await lock(work.tx, target.id);
    return this.#deps.reader.load(work.tx, ctx, floatingIpKind, { target, rule });
  }
}

/** Two who forward ports of one floating IP do it one after the other. */
const lock = (tx: NetworkTx, id: string): Promise<unknown> =>
  tx
    .updateTable('network_floating_ip')
    .set((eb) => ({ revision: eb.ref('revision') }))
    .where('id', '=', id)
    .execute();

async function setRouter(ctx: Ctx, work: Work, before: FloatingIp, routerId: string | null): Promise<void> {
  work.changes.touch('router', ...[before.routerId, routerId].filter((id) => id !== null));
  await floatingIpStore.update(work.tx, changed(ctx, before, { routerId }));
}

export const forwardingsOf = (tx: NetworkTx, floatingIpId: string): Promise<PortForwarding[]> =>
  forwardingStore.list(tx, (eb) => eb('floating_ip_id', '=', floatingIpId));

async function findForwarding(tx: NetworkTx, floatingIpId: string, id: string): Promise<PortForwarding> {
  const found = await forwardingStore.find(tx, id);
  if (found?.floatingIpId !== floatingIpId) throw forwardingNotFound(id);
  return found;
}

/** The named IPv4 address of the port, or its first. */
function chosenAddress(port: Port, wanted: string) {
  const found = port.fixedIps.find(({ address }) =>
    wanted === '' ? !address.includes(':') : address === wanted,
  );
  if (!found || found.address.includes(':'))
    throw networkError(
      'bad-request',
      'BadRequest',
      `Bad port_forwarding request: Port ${port.id} does not have fixed IPv4 address ${wanted}.`,
    );
  return found;
}

/** Without an address; that is found later. */
function newForwarding(ctx: Ctx, floatingIp: FloatingIp, body: CreateForwardingBody): PortForwarding {
  const inside = rangeOf(body.internal_port, body.internal_port_range);
  const outside = rangeOf(body.external_port, body.external_port_range);
  if (!inside || !outside) throw badForwarding('An internal and an external port have to be given.');
  return {
    ...newStandard(ctx, floatingIp.projectId, { description: body.description ?? '' }),
    floatingIpId: floatingIp.id,
    protocol: body.protocol,
    internalPortId: body.internal_port_id,
    internalIpAddress: body.internal_ip_address ?? '',
    internalPortMin: inside.min,
    internalPortMax: inside.max,
    externalPortMin: outside.min,
    externalPortMax: outside.max,
  };
}

/** What a body says of it. */
function termsOf(body: UpdateForwardingBody): Partial<PortForwarding> {
  const inside = rangeOf(body.internal_port, body.internal_port_range);
  const outside = rangeOf(body.external_port, body.external_port_range);
  return {
    ...(body.protocol === undefined ? {} : { protocol: body.protocol }),
    ...(body.internal_port_id === undefined ? {} : { internalPortId: body.internal_port_id }),
    ...(body.internal_ip_address === undefined ? {} : { internalIpAddress: body.internal_ip_address }),
    ...(inside && { internalPortMin: inside.min, internalPortMax: inside.max }),
    ...(outside && { externalPortMin: outside.min, externalPortMax: outside.max }),
  };
}

function rangeOf(port: number | undefined, range: string | undefined): PortRange | undefined {
  if (port !== undefined && range !== undefined)
    throw badForwarding('A port and a range of ports cannot both be given.');
  if (port !== undefined) return parsePortRange(String(port));
  return range === undefined ? undefined : parsePortRange(range);
}
