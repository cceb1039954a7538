import { badRequest, notFound } from '#kernel/errors.ts';
import { textOf, type JsonMap } from '../../template/json.ts';
import { FLOATING_IPS, PORTS } from '../neutron/collections.ts';
import type { Cloud, ResourceRun, ResourceType } from '../resource-type.ts';
import { gone, Things, type Thing } from '../rest/collection.ts';
import { LIVE, oneOf, text } from '../rest/fields.ts';
import { restType } from '../rest/rest-type.ts';
import { externalNetwork, leadOut, routerOf } from './vpc.ts';

const plain = restType({
  name: 'AWS::EC2::EIP',
  description: 'An address of the external network.',
  collection: FLOATING_IPS,
  mark: 'description',
  fields: {
    Domain: oneOf(['vpc'], 'Every address is for a VPC.', { wire: null }),
    InstanceId: text('The machine that has the address.', { ...LIVE, wire: null }),
  },
  attributes: { AllocationId: 'ID that AWS assigns to represent the allocation of the address.' },
  derived: { AllocationId: (_, thing) => thing['id'] ?? null },
  async shape(body, { cloud }, changed) {
    return changed ? {} : { ...body, floating_network_id: await externalNetwork(cloud) };
  },
  async complete({ cloud, properties: { InstanceId: machine } }, id, changed) {
    if (machine === undefined && !changed) return;
    const port = machine === undefined ? null : (await portOf(cloud, { device_id: textOf(machine) }))['id'];
    await new Things(cloud, FLOATING_IPS).change(id, { port_id: port ?? null });
  },
});

/** Others call it by its address. */
export const elasticIp: ResourceType = {
  ...plain,
  async reference({ cloud, resource }) {
    const there = await gone(new Things(cloud, FLOATING_IPS).get(resource.physicalId ?? ''));
    return textOf(there?.['floating_ip_address'] ?? resource.name);
  },
};

/** @throws CloudError `not-found` */
async function portOf(cloud: Cloud, query: Readonly<Record<string, string>>): Promise<Thing> {
  const [port] = await new Things(cloud, PORTS).list(query);
  if (!port) throw notFound(`There is no network interface with ${JSON.stringify(query)}.`);
  return port;
}

/** Gives an address that is made elsewhere to a machine or a network interface. */
export const elasticIpAssociation: ResourceType = {
  name: 'AWS::EC2::EIPAssociation',
  description: 'Gives an elastic IP to a network interface.',
  properties: {
    InstanceId: text('The machine.', LIVE),
    EIP: text('The address.', { ...LIVE, constraints: [{ custom_constraint: 'ip_addr' }] }),
    AllocationId: text('The id of the address.', LIVE),
    NetworkInterfaceId: text('The network interface.', LIVE),
  },
  attributes: {},
  async create(run) {
    assertFits(run.properties);
    const { EIP: address, AllocationId: id, InstanceId: machine, NetworkInterfaceId: face } = run.properties;
    const ips = new Things(run.cloud, FLOATING_IPS);
    const ip = await (address === undefined ? ips.get(textOf(id)) : withAddress(run, textOf(address)));
    const port = await portOf(
      run.cloud,
      face === undefined ? { device_id: textOf(machine) } : { id: textOf(face) },
    );
    const router = await routerOf(run.cloud, textOf(port['network_id']));
    if (router) await leadOut(run.cloud, router, textOf(ip['floating_network_id']));
    await run.keep({ ip: textOf(ip['id']), port: textOf(port['id']) });
    await ips.change(textOf(ip['id']), { port_id: port['id'] ?? null });
    return run.resource.physicalId ?? run.resource.physicalName;
  },
  async update(run) {
    await elasticIpAssociation.remove(run);
    await elasticIpAssociation.create(run);
  },
  /** Leaves it to whom it belongs by now. */
  async remove({ cloud, resource: { data } }) {
    if (typeof data['ip'] !== 'string') return;
    const ips = new Things(cloud, FLOATING_IPS);
    const there = await gone(ips.get(data['ip']));
    if (there?.['port_id'] === data['port']) await gone(ips.change(data['ip'], { port_id: null }));
  },
  async check({ cloud, resource: { data } }) {
    const there = await new Things(cloud, FLOATING_IPS).get(textOf(data['ip'] ?? ''));
    if (there['port_id'] !== data['port']) throw notFound('The network interface does not have the address.');
  },
};

async function withAddress({ cloud }: ResourceRun, floating_ip_address: string): Promise<Thing> {
  const [ip] = await new Things(cloud, FLOATING_IPS).list({ floating_ip_address });
  if (!ip) throw notFound(`There is no elastic IP ${floating_ip_address}.`);
  return ip;
}

function assertFits({
  EIP: address,
  AllocationId: id,
  InstanceId: machine,
  NetworkInterfaceId: face,
}: JsonMap) {
  const wrong = (message: string) => badRequest(message, { code: 'StackValidationFailed' });
  if ((address === undefined) === (id === undefined))
    throw wrong("Either 'EIP' or 'AllocationId' must be provided.");
  if (address !== undefined && machine === undefined)
    throw wrong("Must specify 'InstanceId' if you specify 'EIP'.");
  if (machine === undefined && face === undefined)
    throw wrong(
      'At least one of the following properties must be specified: InstanceId, NetworkInterfaceId.',
    );
}
