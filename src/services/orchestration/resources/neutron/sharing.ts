import { textOf } from '../../template/json.ts';
import { Things } from '../rest/collection.ts';
import { between, flag, LIVE, NEEDED, oneOf, ref, text } from '../rest/fields.ts';
import { quotaType } from '../rest/quota-type.ts';
import type { Fields } from '../rest/field.ts';
import { below, QOS_POLICIES, RBAC_POLICIES } from './collections.ts';
import { COMMON, neutronType, onlyWhenTrue, TAGS, TENANT } from './neutron-type.ts';

export const qosPolicy = neutronType({
  name: 'OS::Neutron::QoSPolicy',
  description: 'How fast networks and ports may be.',
  collection: QOS_POLICIES,
  fields: {
    ...COMMON,
    description: text('Any text.', { ...LIVE, reset: '' }),
    shared: flag('Whether all projects may use it.', { ...LIVE, default: false }),
    tenant_id: TENANT,
    tags: TAGS,
  },
  attributes: {
    rules: 'A list of all rules for the QoS policy.',
    name: 'Name of the policy.',
    description: 'Any text.',
    shared: 'Whether all projects may use it.',
  },
  shape: onlyWhenTrue('shared'),
});

const WAY = oneOf(['egress', 'ingress'], 'Where the packets go.', { ...LIVE, default: 'egress' });

/** A rule of a policy that is made elsewhere: by its part of the path, what it says. */
const rule = (name: string, path: string, fields: Fields) =>
  neutronType({
    name: `OS::Neutron::${name}`,
    description: 'A rule of a QoS policy.',
    collection: async ({ properties, cloud }) => {
      const id = await new Things(cloud, QOS_POLICIES).idOf(textOf(properties['policy']));
      return below(QOS_POLICIES, id, `${path}s`, path);
    },
    fields: {
      policy: ref(QOS_POLICIES, 'The policy.', { ...NEEDED, wire: null }),
      tenant_id: TENANT,
      ...fields,
    },
  });

export const qosRules = [
  rule('QoSBandwidthLimitRule', 'bandwidth_limit_rule', {
    max_kbps: between(0, undefined, 'The rate in kbps.', { ...LIVE, ...NEEDED }),
    max_burst_kbps: between(0, undefined, 'The burst in kbps.', { ...LIVE, default: 0 }),
    direction: WAY,
  }),
  rule('QoSDscpMarkingRule', 'dscp_marking_rule', {
    dscp_mark: between(0, 56, 'The mark.', { ...LIVE, ...NEEDED }),
  }),
  rule('QoSMinimumBandwidthRule', 'minimum_bandwidth_rule', {
    min_kbps: between(0, undefined, 'The rate in kbps.', { ...LIVE, ...NEEDED }),
    direction: WAY,
  }),
  rule('QoSMinimumPacketRateRule', 'minimum_packet_rate_rule', {
    min_kpps: between(0, undefined, 'The rate in thousands of packets per second.', { ...LIVE, ...NEEDED }),
    direction: oneOf(['any', 'egress', 'ingress'], 'Where the packets go.', { ...LIVE, default: 'any' }),
  }),
];

export const rbacPolicy = neutronType({
  name: 'OS::Neutron::RBACPolicy',
  description: 'Lets another project use an object.',
  collection: RBAC_POLICIES,
  mark: null,
  fields: {
    object_type: text('The kind of the object.', NEEDED),
    object_id: text('The object.', NEEDED),
    action: text('What the project may do.', NEEDED),
    target_tenant: text('The project; `*` for all.', { ...NEEDED, ...LIVE }),
    tenant_id: TENANT,
  },
});

export const quota = quotaType({
  name: 'OS::Neutron::Quota',
  description: 'How much of networking a project may use.',
  collection: { ...QOS_POLICIES, path: '/v2.0/quotas', list: 'quotas', member: 'quota' },
  limits: {
    subnet: undefined,
    network: undefined,
    floatingip: undefined,
    security_group_rule: undefined,
    security_group: undefined,
    router: undefined,
    port: undefined,
    subnetpool: undefined,
    rbac_policy: undefined,
  },
});
