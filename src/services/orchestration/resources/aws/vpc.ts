import { conflict, CloudError } from '#kernel/errors.ts';
import { textOf, type JsonMap } from '../../template/json.ts';
import { NETWORKS, ROUTERS, SUBNETS } from '../neutron/collections.ts';
import { BUILT } from '../neutron/neutron-type.ts';
import { isJoined, join } from '../neutron/router.ts';
import type { Cloud, ResourceRun, ResourceType } from '../resource-type.ts';
import { gone, ownName, Things, type Thing } from '../rest/collection.ts';
import { NEEDED, ref, text } from '../rest/fields.ts';
import { restType } from '../rest/rest-type.ts';

/** A VPC's network and router have the same name: that is how they know each other. */
export const vpc = restType({
  name: 'AWS::EC2::VPC',
  description: 'A network with a router of its own.',
  collection: NETWORKS,
  mark: 'name',
  fields: { CidrBlock: text('The range that its subnets are from.', { wire: null }) },
  atRest: BUILT,
  async complete({ cloud, resource }) {
    const name = ownName(resource.physicalName, NETWORKS);
    const routers = new Things(cloud, ROUTERS);
    const [known] = await routers.list({ name });
    if (!known) await routers.create({ name });
  },
  async beforeRemoval({ cloud }, id) {
    const router = await routerOf(cloud, id);
    if (router) await new Things(cloud, ROUTERS).remove(textOf(router['id']));
  },
});

/** The router of a VPC; none of a network that is made otherwise. @throws CloudError `not-found` without the network */
export async function routerOf(cloud: Cloud, networkId: string): Promise<Thing | undefined> {
  const { name = '' } = await new Things(cloud, NETWORKS).get(networkId);
  const routers = await new Things(cloud, ROUTERS).list({ name: textOf(name) });
  if (routers.length > 1) throw conflict(`Multiple routers found with name ${textOf(name)}`);
  return routers[0];
}

/** The only network that leads outside. */
export async function externalNetwork(cloud: Cloud): Promise<string> {
  const networks = await new Things(cloud, NETWORKS).list({ 'router:external': 'true' });
  if (networks.length !== 1) throw conflict(`Expected 1 external network, found ${networks.length}`);
  return textOf(networks[0]?.['id']);
}

/** Where the router has no way out yet. */
export async function leadOut(cloud: Cloud, router: Thing, network_id: string): Promise<void> {
  const info = router['external_gateway_info'] as JsonMap | null | undefined;
  if (info?.['network_id'] === network_id) return;
  await new Things(cloud, ROUTERS).change(textOf(router['id']), { external_gateway_info: { network_id } });
}

export const subnet = restType({
  name: 'AWS::EC2::Subnet',
  description: 'A range of addresses of a VPC, which its router leads to.',
  collection: SUBNETS,
  mark: 'name',
  fields: {
    AvailabilityZone: text('Where it is.', { wire: null }),
    CidrBlock: text('The range.', { ...NEEDED, wire: 'cidr' }),
    VpcId: ref(NETWORKS, 'The VPC.', { ...NEEDED, wire: 'network_id' }),
  },
  attributes: { AvailabilityZone: 'Availability Zone of the subnet.' },
  derived: { AvailabilityZone: ({ properties }) => properties['AvailabilityZone'] ?? null },
  shape: (body) => ({ ...body, ip_version: 4 }),
  async complete(run, id) {
    const router = await routerOf(run.cloud, vpcIn(run));
    if (router) await ensureJoined(run, textOf(router['id']), id);
  },
  async beforeRemoval(run, id) {
    const router = await gone(routerOf(run.cloud, vpcIn(run)));
    if (router) await gone(join(run, 'remove', textOf(router['id']), { subnet_id: id }));
  },
});

const vpcIn = ({ properties }: ResourceRun): string => textOf(properties['VpcId']);

async function ensureJoined(run: ResourceRun, routerId: string, subnet_id: string): Promise<void> {
  if (!(await isJoined(run, routerId, { subnet_id }))) await join(run, 'add', routerId, { subnet_id });
}

/** A router for subnets that are not to have the VPC's. */
export const routeTable = restType({
  name: 'AWS::EC2::RouteTable',
  description: 'Another router of a VPC.',
  collection: ROUTERS,
  mark: 'name',
  fields: { VpcId: ref(NETWORKS, 'The VPC.', { ...NEEDED, wire: null }) },
  atRest: BUILT,
  /** It leads out where the VPC does. */
  async complete({ cloud, properties }, id) {
    const known = await routerOf(cloud, textOf(properties['VpcId']));
    const out = known?.['external_gateway_info'] as JsonMap | null | undefined;
    if (out) await leadOut(cloud, await new Things(cloud, ROUTERS).get(id), textOf(out['network_id']));
  },
});

/** Leads to a subnet by a route table in place of the VPC's router. */
export const subnetRouteTableAssociation: ResourceType = {
  name: 'AWS::EC2::SubnetRouteTableAssociation',
  description: 'Gives a subnet another router than that of its VPC.',
  properties: {
    RouteTableId: text('The route table.', NEEDED),
    SubnetId: ref(SUBNETS, 'The subnet.', NEEDED),
  },
  attributes: {},
  async create(run) {
    const { table, subnetId, usual } = await ends(run);
    const end = { subnet_id: subnetId };
    if (usual && (await isJoined(run, usual, end))) await join(run, 'remove', usual, end);
    await ensureJoined(run, table, subnetId);
    return run.resource.physicalName;
  },
  async remove(run) {
    const there = await gone(ends(run));
    if (!there) return;
    await gone(join(run, 'remove', there.table, { subnet_id: there.subnetId }));
    if (there.usual) await ensureJoined(run, there.usual, there.subnetId);
  },
  async check(run) {
    const { table, subnetId } = await ends(run);
    if (!(await isJoined(run, table, { subnet_id: subnetId })))
      throw new CloudError('not-found', 'The route table does not lead to the subnet.');
  },
};

async function ends({ cloud, properties }: ResourceRun) {
  const subnets = new Things(cloud, SUBNETS);
  const subnetId = await subnets.idOf(textOf(properties['SubnetId']));
  const { network_id: network } = await subnets.get(subnetId);
  const usual = await routerOf(cloud, textOf(network));
  return { table: textOf(properties['RouteTableId']), subnetId, usual: usual && textOf(usual['id']) };
}
