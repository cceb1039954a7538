import { Type } from 'typebox';
import {
  attributes,
  Flag,
  Id,
  OptionalId,
  STANDARD,
  STANDARD_CHANGE,
  Text,
  type Attributes,
} from './common.ts';

const { name: _unnamed, ...RULE_STANDARD } = STANDARD;

export const CreateGroup = attributes({ ...STANDARD, stateful: Type.Optional(Flag) });
export const UpdateGroup = attributes({ ...STANDARD_CHANGE, stateful: Type.Optional(Flag) });

/** Which numbers are good depends on the protocol: the model says so in Neutron's words. */
const PortNumber = Type.Unsafe<number | null>({
  title: 'count',
  anyOf: [{ type: 'integer' }, { type: 'string', pattern: '^-?[0-9]{1,10}$' }, { type: 'null' }],
});

const TERMS = {
  direction: Type.Union([Type.Literal('ingress'), Type.Literal('egress')]),
  ethertype: Type.Optional(
    Type.Unsafe<string | null>({
      anyOf: [{ type: 'string', pattern: '^[iI][pP][vV][46]$' }, { type: 'null' }],
    }),
  ),
  protocol: Type.Optional(
    Type.Union([Type.String({ maxLength: 40 }), Type.Integer({ minimum: 0, maximum: 255 }), Type.Null()]),
  ),
  port_range_min: Type.Optional(PortNumber),
  port_range_max: Type.Optional(PortNumber),
  remote_ip_prefix: Type.Optional(Type.Union([Text, Type.Null()])),
  remote_group_id: OptionalId,
  remote_address_group_id: OptionalId,
};

export const CreateRule = attributes({ ...RULE_STANDARD, security_group_id: Id, ...TERMS });

export const CreateDefaultRule = attributes({
  description: STANDARD.description,
  ...TERMS,
  used_in_default_sg: Type.Optional(Flag),
  used_in_non_default_sg: Type.Optional(Flag),
});

export type CreateGroupBody = Attributes<typeof CreateGroup>;
export type UpdateGroupBody = Attributes<typeof UpdateGroup>;
export type CreateDefaultRuleBody = Attributes<typeof CreateDefaultRule>;
export type CreateRuleBody = Attributes<typeof CreateRule>;
