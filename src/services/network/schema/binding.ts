import { Type } from 'typebox';
import { attributes, Id, type Attributes } from './common.ts';

const BINDING = {
  vnic_type: Type.Optional(Type.Literal('normal')),
  profile: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
};
export const CreateBinding = attributes({ binding: attributes({ host: Id, ...BINDING }) });
export const UpdateBinding = attributes({ binding: attributes(BINDING) });

export type CreateBindingBody = Attributes<typeof CreateBinding>['binding'];
export type UpdateBindingBody = Attributes<typeof UpdateBinding>['binding'];
