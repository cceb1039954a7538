import { Type } from 'typebox';
import {
  attributes,
  FixedIps,
  Flag,
  Id,
  OptionalId,
  STANDARD,
  STANDARD_CHANGE,
  Text,
  type Attributes,
} from './common.ts';

const Mac = Type.String({ pattern: '^([0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2}$' });
const DnsName = Type.String({ maxLength: 63, pattern: '^([A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)?$' });

const CHANGEABLE = {
  admin_state_up: Type.Optional(Flag),
  mac_address: Type.Optional(Mac),
  fixed_ips: Type.Optional(FixedIps),
  device_id: Type.Optional(Text),
  device_owner: Type.Optional(Text),
  security_groups: Type.Optional(Type.Union([Type.Array(Id), Type.Null()])),
  port_security_enabled: Type.Optional(Flag),
  allowed_address_pairs: Type.Optional(
    Type.Array(attributes({ ip_address: Type.String(), mac_address: Type.Optional(Mac) }), { maxItems: 10 }),
  ),
  extra_dhcp_opts: Type.Optional(
    Type.Union([
      Type.Array(
        attributes({
          opt_name: Type.String({ minLength: 1, maxLength: 64 }),
          opt_value: Type.Union([Text, Type.Null()]),
          ip_version: Type.Optional(Type.Union([Type.Literal(4), Type.Literal(6)])),
        }),
      ),
      Type.Null(),
    ]),
  ),
  'binding:host_id': Type.Optional(Type.Union([Text, Type.Null()])),
  'binding:vnic_type': Type.Optional(Type.Union([Type.Literal('normal'), Type.Null()])),
  'binding:profile': Type.Optional(Type.Union([Type.Record(Type.String(), Type.Unknown()), Type.Null()])),
  dns_name: Type.Optional(DnsName),
  qos_policy_id: OptionalId,
};

export const CreatePort = attributes({ ...STANDARD, ...CHANGEABLE, network_id: Id });
/** No MAC address means: another one. */
export const UpdatePort = attributes({
  ...STANDARD_CHANGE,
  ...CHANGEABLE,
  mac_address: Type.Optional(Type.Union([Mac, Type.Null()])),
});

export type CreatePortBody = Attributes<typeof CreatePort>;
export type UpdatePortBody = Attributes<typeof UpdatePort>;
