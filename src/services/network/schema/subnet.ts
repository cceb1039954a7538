import { Type } from 'typebox';
import {
  attributes,
  Count,
  Flag,
  Id,
  OptionalCount,
  OptionalId,
  Routes,
  STANDARD,
  STANDARD_CHANGE,
  Text,
  type Attributes,
} from './common.ts';

const Mode = Type.Union([
  Type.Literal('slaac'),
  Type.Literal('dhcpv6-stateful'),
  Type.Literal('dhcpv6-stateless'),
  Type.Null(),
]);
const CHANGEABLE = {
  gateway_ip: Type.Optional(Type.Union([Type.String(), Type.Null()])),
  enable_dhcp: Type.Optional(Flag),
  allocation_pools: Type.Optional(Type.Array(attributes({ start: Type.String(), end: Type.String() }))),
  dns_nameservers: Type.Optional(Type.Array(Type.String(), { maxItems: 5 })),
  service_types: Type.Optional(Type.Array(Text, { maxItems: 20 })),
  host_routes: Type.Optional(Type.Intersect([Routes, Type.Array(Type.Unknown(), { maxItems: 20 })])),
};

export const CreateSubnet = attributes({
  ...STANDARD,
  ...CHANGEABLE,
  network_id: Id,
  ip_version: Count,
  cidr: Type.Optional(Type.Union([Type.String(), Type.Null()])),
  subnetpool_id: OptionalId,
  prefixlen: Type.Optional(OptionalCount),
  use_default_subnetpool: Type.Optional(Flag),
  ipv6_ra_mode: Type.Optional(Mode),
  ipv6_address_mode: Type.Optional(Mode),
});

export const UpdateSubnet = attributes({ ...STANDARD_CHANGE, ...CHANGEABLE });

export type CreateSubnetBody = Attributes<typeof CreateSubnet>;
export type UpdateSubnetBody = Attributes<typeof UpdateSubnet>;
