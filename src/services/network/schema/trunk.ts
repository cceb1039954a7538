import { Type } from 'typebox';
import { attributes, Count, Flag, Id, STANDARD, STANDARD_CHANGE, type Attributes } from './common.ts';

export const SubPort = attributes({
  port_id: Id,
  segmentation_type: Type.Optional(Type.Literal('vlan')),
  segmentation_id: Type.Optional(Count),
});
const SubPorts = Type.Array(SubPort, { maxItems: 500 });

export const CreateTrunk = attributes({
  ...STANDARD,
  port_id: Id,
  admin_state_up: Type.Optional(Flag),
  sub_ports: Type.Optional(SubPorts),
});
export const UpdateTrunk = attributes({ ...STANDARD_CHANGE, admin_state_up: Type.Optional(Flag) });
export const AddSubPorts = attributes({ sub_ports: SubPorts });
export const RemoveSubPorts = attributes({
  sub_ports: Type.Array(Type.Object({ port_id: Id }), { maxItems: 500 }),
});

export type SubPortBody = Attributes<typeof SubPort>;
export type CreateTrunkBody = Attributes<typeof CreateTrunk>;
export type UpdateTrunkBody = Attributes<typeof UpdateTrunk>;
