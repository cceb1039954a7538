import { textOf } from '../../template/json.ts';
import type { ResourceType } from '../resource-type.ts';
import { gone, Things } from '../rest/collection.ts';
import { wired, type Fields } from '../rest/field.ts';
import { between, LIVE, map, NEEDED, oneOf, ref, text } from '../rest/fields.ts';
import { below, FLOATING_IPS, NETWORKS, PORTS, SUBNETS } from './collections.ts';
import { neutronType } from './neutron-type.ts';

const ADDRESS = { constraints: [{ custom_constraint: 'ip_addr' }] };

export const floatingIp = neutronType({
  name: 'OS::Neutron::FloatingIP',
  description: 'An address of an external network for a port.',
  collection: FLOATING_IPS,
  mark: 'description',
  fields: {
    floating_network: ref(NETWORKS, 'The external network.', { ...NEEDED, wire: 'floating_network_id' }),
    floating_subnet: ref(SUBNETS, 'The subnet that the address is taken from.', { wire: 'subnet_id' }),
    value_specs: map('Extra parameters to include in the request.', { default: {}, wire: null }),
    port_id: ref(PORTS, 'The port that has the address.', LIVE),
    fixed_ip_address: text('The address of the port, where it has several.', { ...LIVE, ...ADDRESS }),
    floating_ip_address: text('The address to take.', ADDRESS),
    dns_name: text('DNS name of the address.', {
      ...LIVE,
      constraints: [{ custom_constraint: 'rel_dns_name' }],
    }),
    dns_domain: text('DNS domain of the address.', {
      ...LIVE,
      constraints: [{ custom_constraint: 'dns_domain' }],
    }),
  },
  attributes: {
    router_id: 'The router that translates it.',
    floating_network_id: 'ID of the network in which this IP is allocated.',
    fixed_ip_address: 'IP address of the associated port, if specified.',
    floating_ip_address: 'The allocated address of this IP.',
    port_id: 'ID of the port associated with this IP.',
  },
});

const ASSOCIATION: Fields = {
  floatingip_id: ref(FLOATING_IPS, 'The floating IP.', { ...NEEDED, ...LIVE }),
  port_id: ref(PORTS, 'The port.', { ...NEEDED, ...LIVE }),
  fixed_ip_address: text('The address of the port.', { ...LIVE, ...ADDRESS }),
};

/** Gives a floating IP that is made elsewhere to a port. */
export const floatingIpAssociation: ResourceType = {
  name: 'OS::Neutron::FloatingIPAssociation',
  description: 'Gives a floating IP to a port.',
  properties: ASSOCIATION,
  attributes: {},
  async create(run) {
    const { floatingip_id: id, ...body } = await wired(ASSOCIATION, run.properties, run.cloud);
    await new Things(run.cloud, FLOATING_IPS).change(textOf(id), body);
    await run.keep({ floatingip: textOf(id), port: textOf(body['port_id']) });
    return run.resource.physicalId ?? run.resource.physicalName;
  },
  async update(run, changed) {
    if (changed.has('floatingip_id')) await floatingIpAssociation.remove(run);
    await floatingIpAssociation.create(run);
  },
  /** Leaves it to whom it belongs by now. */
  async remove({ resource, cloud }) {
    const { floatingip, port } = resource.data;
    if (typeof floatingip !== 'string') return;
    const ips = new Things(cloud, FLOATING_IPS);
    const there = await gone(ips.get(floatingip));
    if (there?.['port_id'] === port) await gone(ips.change(floatingip, { port_id: null }));
  },
  async check({ resource, cloud }) {
    await new Things(cloud, FLOATING_IPS).get(String(resource.data['floatingip']));
  },
};

const PORT_NUMBER = (description: string) => between(1, 65535, description, { ...LIVE, ...NEEDED });

export const portForwarding = neutronType({
  name: 'OS::Neutron::FloatingIPPortForward',
  description: 'Leads one port of a floating IP to one of a machine.',
  collection: async ({ properties, cloud }) => {
    const id = await new Things(cloud, FLOATING_IPS).idOf(textOf(properties['floating_ip']));
    return below(FLOATING_IPS, id, 'port_forwardings', 'port_forwarding');
  },
  fields: {
    internal_ip_address: text('The address of the machine.', { ...LIVE, ...NEEDED, ...ADDRESS }),
    internal_port_number: { ...PORT_NUMBER('The port of the machine.'), wire: 'internal_port' },
    external_port: PORT_NUMBER('The port of the floating IP.'),
    internal_port: ref(PORTS, 'The port of the network.', { ...LIVE, ...NEEDED, wire: 'internal_port_id' }),
    protocol: oneOf(['tcp', 'udp', 'icmp', 'icmp6', 'sctp', 'dccp'], 'The protocol.', { ...LIVE, ...NEEDED }),
    floating_ip: ref(FLOATING_IPS, 'The floating IP.', { ...NEEDED, wire: null }),
  },
});
