import type { Ctx } from '#kernel/context.ts';
import { newUuid } from '#kernel/ids.ts';
import { floatingIpKind, networkKind, portKind } from '../kinds.ts';
import { canonical } from '../model/addresses.ts';
import { networkError, refused } from '../model/errors.ts';
import type { FloatingIp } from '../model/floating-ip.ts';
import { FLOATING_IP, ROUTER_INTERFACE } from '../model/device-owner.ts';
import { type FixedIp, type Port } from '../model/port.ts';
import { changed, newStandard, type Target } from '../model/standard.ts';
import type { CreateFloatingIpBody, UpdateFloatingIpBody } from '../schema/floating-ip.ts';
import { portStore } from '../store/ports.ts';
import { floatingIpStore, forwardingStore } from '../store/stores.ts';
import type { NetworkTx } from '../tables.ts';
import type { UseCaseDeps } from './deps.ts';
import { insertPorts, planPort, removePorts } from './port-writer.ts';
import { assertPolicyVisible } from './qos.ts';
import { assertQuota } from './quotas.ts';
import { getVisible } from './reader.ts';
import { createEach, type Work } from './unit.ts';
import { authorizeAttributes, ownerOf } from './wire.ts';

type Association = Pick<FloatingIp, 'portId' | 'fixedIpAddress' | 'routerId'>;
const NOWHERE: Association = { portId: null, fixedIpAddress: null, routerId: null };

const bad = (message: string) =>
  networkError('bad-request', 'BadRequest', `Bad floatingip request: ${message}`);

/** Use-cases on floating IPs. */
export class FloatingIpService {
  readonly #deps: UseCaseDeps;

  constructor(deps: UseCaseDeps) {
    this.#deps = deps;
  }

  create(ctx: Ctx, bodies: readonly CreateFloatingIpBody[]): Promise<FloatingIp[]> {
    return createEach(this.#deps.unit, bodies, (work, body) => this.#createOne(ctx, work, body));
  }

  async #createOne(ctx: Ctx, work: Work, body: CreateFloatingIpBody): Promise<FloatingIp> {
    authorizeAttributes(ctx, this.#deps.policy, { verb: 'create', object: 'floatingip' }, body);
    const projectId = ownerOf(ctx, body);
    await assertQuota(work, projectId, 'floatingip');
    await assertPolicyVisible(ctx, work.tx, body.qos_policy_id);
    const id = newUuid();
    const port = await openPort(ctx, work, id, body);
    const floatingIp: FloatingIp = {
      ...newStandard(ctx, projectId, {
        id,
        description: body.description ?? '',
        ...(body.tags ? { tags: body.tags } : {}),
      }),
      floatingNetworkId: body.floating_network_id,
      floatingIpAddress: port.fixedIps[0]?.address ?? '',
      floatingPortId: port.id,
      dnsName: body.dns_name ?? '',
      dnsDomain: body.dns_domain ?? '',
      qosPolicyId: body.qos_policy_id ?? null,
      ...(await associate(ctx, work, { floatingNetworkId: body.floating_network_id, id }, body)),
    };
    await floatingIpStore.insert(work.tx, [floatingIp]);
    work.changes.touch('router', ...routersOf(floatingIp));
    return floatingIp;
  }

  update(ctx: Ctx, target: Target, body: UpdateFloatingIpBody): Promise<FloatingIp> {
    return this.#deps.unit.run(async (work) => {
      const before = await this.#load(ctx, work, target, 'update_floatingip');
      const given =
        body.port_id === undefined && body.fixed_ip_address ? { ...body, port_id: before.portId } : body;
      await assertPolicyVisible(ctx, work.tx, body.qos_policy_id);
      const association = given.port_id === undefined ? before : await associate(ctx, work, before, given);
      const { portId, fixedIpAddress, routerId } = association;
      const description = body.description ?? before.description;
      const qosPolicyId = body.qos_policy_id === undefined ? before.qosPolicyId : body.qos_policy_id || null;
      const after = changed(ctx, before, { portId, fixedIpAddress, routerId, description, qosPolicyId });
      await floatingIpStore.update(work.tx, after);
      work.changes.touch('router', ...routersOf(before), ...routersOf(after));
      return after;
    });
  }

  delete(ctx: Ctx, target: Target): Promise<void> {
    return this.#deps.unit.run(async (work) => {
      const floatingIp = await this.#load(ctx, work, target, 'delete_floatingip');
      work.changes.touch('router', ...routersOf(floatingIp));
      await floatingIpStore.delete(work.tx, [floatingIp.id]);
      await removePorts(work, await portStore.findMany(work.tx, [floatingIp.floatingPortId]));
    });
  }

  #load(ctx: Ctx, work: Work, target: Target, rule: string): Promise<FloatingIp> {
    return this.#deps.reader.load(work.tx, ctx, floatingIpKind, { target, rule });
  }
}

const routersOf = ({ routerId }: FloatingIp): string[] => (routerId === null ? [] : [routerId]);

/** The port that keeps the address taken on the external network. */
async function openPort(ctx: Ctx, work: Work, id: string, body: CreateFloatingIpBody): Promise<Port> {
  const network = await getVisible(work.tx, ctx, networkKind, body.floating_network_id);
  if (!network.external) throw bad(`Network ${network.id} is not a valid external network`);
  const address = body.floating_ip_address ? canonical(body.floating_ip_address) : undefined;
  const subnetId = body.subnet_id ?? (address === undefined ? await firstIpv4(work, network.id) : undefined);
  const input = {
    projectId: '',
    networkId: network.id,
    deviceId: id,
    deviceOwner: FLOATING_IP,
    portSecurityEnabled: false,
  };
  const port = await planPort(ctx, work, input, [{ subnetId, address }]);
  await insertPorts(ctx, work, [port]);
  return port;
}

async function firstIpv4({ tx }: Work, networkId: string): Promise<string> {
  const subnet = await tx
    .selectFrom('network_subnet')
    .select('id')
    .where('network_id', '=', networkId)
    .where('ip_version', '=', 4)
    .orderBy('created_at')
    .executeTakeFirst();
  if (!subnet) throw bad(`Network ${networkId} does not contain any IPv4 subnet`);
  return subnet.id;
}

interface AssociationInput {
  readonly port_id?: string | null;
  readonly fixed_ip_address?: string | null;
}

/** Where the floating IP leads: an address of a port, by the router between. */
async function associate(
  ctx: Ctx,
  work: Work,
  floatingIp: Pick<FloatingIp, 'id' | 'floatingNetworkId'>,
  input: AssociationInput,
): Promise<Association> {
  const externalId = floatingIp.floatingNetworkId;
  await assertForwardsNothing(work.tx, floatingIp.id);
  if (!input.port_id) return NOWHERE;
  const record = await getVisible(work.tx, ctx, portKind, input.port_id);
  const [port] = (await portStore.complete(work.tx, [record])) as [Port];
  const fixed = chooseAddress(port, input.fixed_ip_address ?? undefined);
  const taken = await work.tx
    .selectFrom('network_floating_ip')
    .select('id')
    .where('port_id', '=', port.id)
    .where('fixed_ip_address', '=', fixed.address)
    .executeTakeFirst();
  if (taken && taken.id !== floatingIp.id)
    throw refused(
      'FloatingIPPortAlreadyAssociated',
      `Cannot associate floating IP with port ${port.id} using fixed IP ${fixed.address}, as that fixed IP already has a floating IP on external network ${externalId}.`,
    );
  return {
    portId: port.id,
    fixedIpAddress: fixed.address,
    routerId: await routerBetween(work, externalId, fixed, port),
  };
}

/** One that forwards ports leads to several; it cannot lead to one besides. */
async function assertForwardsNothing(tx: NetworkTx, id: string): Promise<void> {
  if ((await forwardingStore.count(tx, (eb) => eb('floating_ip_id', '=', id))) > 0)
    throw refused('FipInUseByPortForwarding', `Floating IP ${id} in use by port forwarding.`);
}

function chooseAddress(port: Port, wanted: string | undefined): FixedIp {
  const candidates = port.fixedIps.filter(({ address }) => !address.includes(':'));
  const found = wanted === undefined ? candidates[0] : candidates.find(({ address }) => address === wanted);
  if (wanted === undefined && candidates.length > 1)
    throw bad(
      `Port ${port.id} has multiple fixed IPv4 addresses. Must provide a specific IPv4 address when assigning a floating IP`,
    );
  if (!found) throw bad(`Port ${port.id} does not have fixed ip ${wanted ?? 'addresses of IPv4'}`);
  return found;
}

/** The router that connects the external network with the subnet of the address. @throws CloudError when there is none. */
export async function routerBetween(
  { tx }: Work,
  externalId: string,
  fixed: FixedIp,
  port: Port,
): Promise<string> {
  const found = await tx
    .selectFrom('network_router as r')
    .innerJoin('network_port as p', 'p.device_id', 'r.id')
    .innerJoin('network_address as a', 'a.port_id', 'p.id')
    .select('r.id')
    .where('r.gateway_network_id', '=', externalId)
    .where('p.device_owner', '=', ROUTER_INTERFACE)
    .where('a.subnet_id', '=', fixed.subnetId)
    .executeTakeFirst();
  if (found) return found.id;
  throw networkError(
    'not-found',
    'ExternalGatewayForFloatingIPNotFound',
    `External network ${externalId} is not reachable from subnet ${fixed.subnetId}. Therefore, cannot associate Port ${port.id} with a Floating IP.`,
  );
}
