import { Type } from 'typebox';
import { attributes, Count, Id, STANDARD, Text, type Attributes } from './common.ts';

const Protocol = Type.Union([Type.Literal('tcp'), Type.Literal('udp'), Type.Literal('sctp')]);
const Range = Type.String({ pattern: '^[0-9]{1,5}(:[0-9]{1,5})?$' });

const FORWARDING = {
  description: STANDARD.description,
  internal_ip_address: Type.Optional(Text),
  internal_port: Type.Optional(Count),
  internal_port_range: Type.Optional(Range),
  external_port: Type.Optional(Count),
  external_port_range: Type.Optional(Range),
};

export const CreateForwarding = attributes({
  ...FORWARDING,
  protocol: Protocol,
  internal_port_id: Id,
  project_id: STANDARD.project_id,
  tenant_id: STANDARD.tenant_id,
});
export const UpdateForwarding = attributes({
  ...FORWARDING,
  protocol: Type.Optional(Protocol),
  internal_port_id: Type.Optional(Id),
});

export type CreateForwardingBody = Attributes<typeof CreateForwarding>;
export type UpdateForwardingBody = Attributes<typeof UpdateForwarding>;
