import { textOf, type JsonMap } from '../../template/json.ts';
import { ROUTERS } from '../neutron/collections.ts';
import type { ResourceRun, ResourceType } from '../resource-type.ts';
import { gone, Things } from '../rest/collection.ts';
import { NEEDED, text } from '../rest/fields.ts';
import { externalNetwork, leadOut, routeTable } from './vpc.ts';

/** Stands for the external network, which is there anyway. */
export const internetGateway: ResourceType = {
  name: 'AWS::EC2::InternetGateway',
  description: 'The way out.',
  properties: {},
  attributes: {},
  create: async ({ resource }) => resource.physicalName,
  async remove() {
    // it is nothing of its own
  },
  async check() {
    // and is always there
  },
};

/** Leads the route tables of a VPC out: those of its own stack, which come before it. */
export const vpcGatewayAttachment: ResourceType = {
  name: 'AWS::EC2::VPCGatewayAttachment',
  description: 'Gives the route tables of a VPC a way out.',
  properties: {
    VpcId: text('The VPC.', NEEDED),
    InternetGatewayId: text('The internet gateway.'),
  },
  attributes: {},
  async create(run) {
    const tables = tablesOf(run);
    await run.keep({ tables });
    const [network, routers] = [await externalNetwork(run.cloud), new Things(run.cloud, ROUTERS)];
    for (const id of tables) await leadOut(run.cloud, await routers.get(id), network);
    return run.resource.physicalName;
  },
  async remove({ cloud, resource }) {
    const routers = new Things(cloud, ROUTERS);
    for (const id of (resource.data['tables'] ?? []) as readonly string[])
      await gone(routers.change(id, { external_gateway_info: {} }));
  },
  async check({ cloud, resource }) {
    const routers = new Things(cloud, ROUTERS);
    for (const id of (resource.data['tables'] ?? []) as readonly string[]) await routers.get(id);
  },
};

const tablesOf = ({ beside, properties }: ResourceRun): readonly string[] =>
  beside.flatMap(({ madeBy, replacedBy, physicalId, properties: theirs }) => {
    const isIts = textOf((theirs as JsonMap)['VpcId'] ?? '') === properties['VpcId'];
    return madeBy === routeTable.name && replacedBy === null && isIts ? (physicalId ?? []) : [];
  });
