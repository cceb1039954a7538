import { Type } from 'typebox';
import {
  attributes,
  Count,
  Flag,
  OptionalCount,
  OptionalId,
  STANDARD,
  STANDARD_CHANGE,
  Text,
  ZoneHints,
  type Attributes,
} from './common.ts';

const CHANGEABLE = {
  admin_state_up: Type.Optional(Flag),
  shared: Type.Optional(Flag),
  'router:external': Type.Optional(Flag),
  is_default: Type.Optional(Flag),
  mtu: Type.Optional(Count),
  port_security_enabled: Type.Optional(Flag),
  dns_domain: Type.Optional(Text),
  qos_policy_id: OptionalId,
};

export const CreateNetwork = attributes({
  ...STANDARD,
  ...CHANGEABLE,
  'provider:network_type': Type.Optional(
    Type.Union([Type.Literal('vxlan'), Type.Literal('vlan'), Type.Literal('flat'), Type.Null()]),
  ),
  'provider:physical_network': Type.Optional(Type.Union([Text, Type.Null()])),
  'provider:segmentation_id': Type.Optional(OptionalCount),
  availability_zone_hints: ZoneHints,
});

export const UpdateNetwork = attributes({ ...STANDARD_CHANGE, ...CHANGEABLE });

export type CreateNetworkBody = Attributes<typeof CreateNetwork>;
export type UpdateNetworkBody = Attributes<typeof UpdateNetwork>;
