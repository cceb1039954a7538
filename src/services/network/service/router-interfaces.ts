import type { Ctx } from '#kernel/context.ts';
import { portKind, routerKind, subnetKind } from '../kinds.ts';
import { overlaps, parseCidr } from '../model/addresses.ts';
import { networkError, refused } from '../model/errors.ts';
import { ROUTER_INTERFACE } from '../model/device-owner.ts';
import { portInUse, type Port } from '../model/port.ts';
import type { Router } from '../model/router.ts';
import { changed, type Target } from '../model/standard.ts';
import type { Subnet } from '../model/subnet.ts';
import type { RouterInterfaceInput } from '../schema/router.ts';
import { portStore } from '../store/ports.ts';
import { routerStore, subnetStore } from '../store/stores.ts';
import type { UseCaseDeps } from './deps.ts';
import { insertPorts, planPort, removePorts, replacePort } from './port-writer.ts';
import { getVisible } from './reader.ts';
import type { Work } from './unit.ts';

/** An interface of a router, as it was added or removed. */
export interface RouterLink {
  readonly router: Router;
  readonly port: Port;
}

const bad = (message: string) => networkError('bad-request', 'BadRequest', `Bad router request: ${message}`);

/** Use-cases on the interfaces of routers. */
export class RouterInterfaceService {
  readonly #deps: UseCaseDeps;

  constructor(deps: UseCaseDeps) {
    this.#deps = deps;
  }

  add(ctx: Ctx, target: Target, input: RouterInterfaceInput): Promise<RouterLink> {
    return this.#deps.unit.run(async (work) => {
      const router = await this.#load(ctx, work, target, 'add_router_interface');
      if ((input.subnet_id === undefined) === (input.port_id === undefined))
        throw bad('Either subnet_id or port_id must be specified, not both.');
      const port =
        input.port_id === undefined
          ? await addSubnet(ctx, work, router, input.subnet_id ?? '')
          : await addPort(ctx, work, router, input.port_id);
      return { router: await this.#changed(ctx, work, router), port };
    });
  }

  remove(ctx: Ctx, target: Target, input: RouterInterfaceInput): Promise<RouterLink> {
    return this.#deps.unit.run(async (work) => {
      const router = await this.#load(ctx, work, target, 'remove_router_interface');
      const port = await findInterface(work, router, input);
      await assertNoFloatingIps(work, router, port);
      await removePorts(work, [port]);
      work.changes.touch('network', port.networkId);
      return { router: await this.#changed(ctx, work, router), port };
    });
  }

  #load(ctx: Ctx, work: Work, target: Target, rule: string): Promise<Router> {
    return this.#deps.reader.load(work.tx, ctx, routerKind, { target, rule });
  }

  async #changed(ctx: Ctx, work: Work, router: Router): Promise<Router> {
    const after = changed(ctx, router, {});
    await routerStore.update(work.tx, after);
    work.changes.touch('router', router.id);
    return after;
  }
}

/** The router becomes the subnet's gateway. */
export async function addSubnet(ctx: Ctx, work: Work, router: Router, subnetId: string): Promise<Port> {
  const subnet = await getVisible(work.tx, ctx, subnetKind, subnetId);
  if (subnet.gatewayIp === null) throw bad('Subnet for router interface must have a gateway IP');
  await assertFits(work, router, [subnet]);
  const input = {
    projectId: router.projectId,
    networkId: subnet.networkId,
    deviceId: router.id,
    deviceOwner: ROUTER_INTERFACE,
    host: router.host,
    portSecurityEnabled: false,
  };
  const port = await planPort(ctx, work, input, [{ subnetId, address: subnet.gatewayIp }]);
  await insertPorts(ctx, work, [port]);
  return port;
}

/** The router takes a port with the address it has. */
async function addPort(ctx: Ctx, work: Work, router: Router, portId: string): Promise<Port> {
  const record = await getVisible(work.tx, ctx, portKind, portId);
  if (record.deviceId !== '') throw portInUse(record);
  const [before] = (await portStore.complete(work.tx, [record])) as [Port];
  if (before.fixedIps.length === 0) throw bad(`Port ${portId} has no fixed IP.`);
  await assertFits(
    work,
    router,
    await subnetStore.findMany(
      work.tx,
      before.fixedIps.map(({ subnetId }) => subnetId),
    ),
  );
  const after: Port = changed(ctx, before, {
    deviceId: router.id,
    deviceOwner: ROUTER_INTERFACE,
    host: router.host,
    portSecurityEnabled: false,
    allowedAddressPairs: [],
    securityGroups: [],
  });
  await replacePort(ctx, work, before, after);
  return after;
}

async function assertFits(work: Work, router: Router, added: readonly Subnet[]): Promise<void> {
  const ports = await portStore.list(work.tx, (eb) => eb('device_id', '=', router.id));
  const ids = ports.flatMap(({ fixedIps }) => fixedIps.map(({ subnetId }) => subnetId));
  for (const other of await subnetStore.findMany(work.tx, ids))
    for (const subnet of added) {
      if (other.id === subnet.id) throw bad(`Router already has a port on subnet ${subnet.id}`);
      if (overlaps(parseCidr(other.cidr), parseCidr(subnet.cidr)))
        throw bad(
          `Cidr ${subnet.cidr} of subnet ${subnet.id} overlaps with cidr ${other.cidr} of subnet ${other.id}`,
        );
    }
}

async function findInterface(work: Work, router: Router, input: RouterInterfaceInput): Promise<Port> {
  if (input.subnet_id === undefined && input.port_id === undefined)
    throw bad('Either subnet_id or port_id must be specified.');
  const ports = await portStore.list(work.tx, (eb) =>
    eb.and([eb('device_id', '=', router.id), eb('device_owner', '=', ROUTER_INTERFACE)]),
  );
  const onSubnet = (port: Port) =>
    input.subnet_id === undefined || port.fixedIps.some(({ subnetId }) => subnetId === input.subnet_id);
  const isPort = (port: Port) => input.port_id === undefined || port.id === input.port_id;
  const found = ports.find((port) => isPort(port) && onSubnet(port));
  if (found) return found;
  if (input.port_id === undefined)
    throw networkError(
      'not-found',
      'RouterInterfaceNotFoundForSubnet',
      `Router ${router.id} has no interface on subnet ${input.subnet_id}`,
    );
  if (!ports.some(isPort))
    throw networkError(
      'not-found',
      'RouterInterfaceNotFound',
      `Router ${router.id} does not have an interface with id ${input.port_id}`,
    );
  throw refused(
    'SubnetMismatchForPort',
    `Subnet on port ${input.port_id} does not match the requested subnet ${input.subnet_id}`,
  );
}

async function assertNoFloatingIps({ tx }: Work, router: Router, port: Port): Promise<void> {
  const subnetIds = port.fixedIps.map(({ subnetId }) => subnetId);
  const used = await tx
    .selectFrom('network_floating_ip as f')
    .innerJoin('network_address as a', (join) =>
      join.onRef('a.port_id', '=', 'f.port_id').onRef('a.ip', '=', 'f.fixed_ip_address'),
    )
    .select('f.id')
    .where('f.router_id', '=', router.id)
    .where('a.subnet_id', 'in', subnetIds)
    .executeTakeFirst();
  const forwarded = await tx
    .selectFrom('network_port_forwarding as p')
    .innerJoin('network_floating_ip as f', 'f.id', 'p.floating_ip_id')
    .innerJoin('network_address as a', (join) =>
      join.onRef('a.port_id', '=', 'p.internal_port_id').onRef('a.ip', '=', 'p.internal_ip_address'),
    )
    .select('p.id')
    .where('f.router_id', '=', router.id)
    .where('a.subnet_id', 'in', subnetIds)
    .executeTakeFirst();
  if (used || forwarded)
    throw refused(
      'RouterInterfaceInUseByFloatingIP',
      `Router interface for subnet ${subnetIds.join(', ')} on router ${router.id} cannot be deleted, as it is required by one or more floating IPs.`,
    );
}
