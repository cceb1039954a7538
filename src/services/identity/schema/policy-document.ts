import { Type } from 'typebox';
import { Name } from './common.ts';

const Blob = Type.String({ maxLength: 1_000_000 });

export const CreatePolicy = Type.Object({ type: Name(255), blob: Blob });
export const UpdatePolicy = Type.Object({
  type: Type.Optional(Name(255)),
  blob: Type.Optional(Blob),
});
export const ListPolicies = Type.Object({ type: Type.Optional(Type.String()) });
