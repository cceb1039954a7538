import { Type } from 'typebox';
import { attributes, Id, STANDARD, Text, type Attributes } from './common.ts';

const { name: _unnamed, ...FLOATING_STANDARD } = STANDARD;
const OptionalText = Type.Optional(Type.Union([Text, Type.Null()]));

export const CreateFloatingIp = attributes({
  ...FLOATING_STANDARD,
  floating_network_id: Id,
  floating_ip_address: OptionalText,
  subnet_id: OptionalText,
  port_id: OptionalText,
  fixed_ip_address: OptionalText,
  qos_policy_id: OptionalText,
  dns_name: Type.Optional(Text),
  dns_domain: Type.Optional(Text),
});
export const UpdateFloatingIp = attributes({
  description: OptionalText,
  port_id: OptionalText,
  fixed_ip_address: OptionalText,
  qos_policy_id: OptionalText,
});

export type CreateFloatingIpBody = Attributes<typeof CreateFloatingIp>;
export type UpdateFloatingIpBody = Attributes<typeof UpdateFloatingIp>;
