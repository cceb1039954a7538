import { Type } from 'typebox';
import {
  attributes,
  FixedIps,
  Flag,
  Id,
  Routes,
  STANDARD,
  STANDARD_CHANGE,
  ZoneHints,
  type Attributes,
} from './common.ts';

const GatewayInfo = Type.Object(
  {
    network_id: Id,
    enable_snat: Type.Optional(Type.Boolean()),
    external_fixed_ips: Type.Optional(FixedIps),
  },
  { additionalProperties: false },
);

const CHANGEABLE = {
  admin_state_up: Type.Optional(Flag),
  external_gateway_info: Type.Optional(
    Type.Union([GatewayInfo, Type.Object({}, { additionalProperties: false }), Type.Null()]),
  ),
};

export const CreateRouter = attributes({
  ...STANDARD,
  ...CHANGEABLE,
  availability_zone_hints: ZoneHints,
});
export const UpdateRouter = attributes({
  ...STANDARD_CHANGE,
  ...CHANGEABLE,
  routes: Type.Optional(Type.Union([Routes, Type.Null()])),
});

/** Of the calls that add and remove interfaces. */
export const RouterInterfaceBody = attributes({ subnet_id: Type.Optional(Id), port_id: Type.Optional(Id) });
export const ExtraRoutes = attributes({ router: attributes({ routes: Routes }) });

export type GatewayInfoBody = Attributes<typeof GatewayInfo>;
export type CreateRouterBody = Attributes<typeof CreateRouter>;
export type UpdateRouterBody = Attributes<typeof UpdateRouter>;
export type RouterInterfaceInput = Attributes<typeof RouterInterfaceBody>;
