import { Type } from 'typebox';
import {
  attributes,
  Count,
  Flag,
  Id,
  OptionalCount,
  STANDARD,
  STANDARD_CHANGE,
  Text,
  type Attributes,
} from './common.ts';

const ScopeId = Type.Optional(Type.Union([Text, Type.Null()]));
export const Prefixes = Type.Array(Type.String({ maxLength: 64 }), { maxItems: 200 });

const POOL = {
  prefixes: Type.Optional(Prefixes),
  min_prefixlen: Type.Optional(OptionalCount),
  max_prefixlen: Type.Optional(OptionalCount),
  default_prefixlen: Type.Optional(OptionalCount),
  default_quota: Type.Optional(OptionalCount),
  is_default: Type.Optional(Flag),
  address_scope_id: ScopeId,
};

export const CreatePool = attributes({
  ...STANDARD,
  ...POOL,
  prefixes: Prefixes,
  shared: Type.Optional(Flag),
});
export const UpdatePool = attributes({ ...STANDARD_CHANGE, ...POOL });
export const PrefixesBody = attributes({ prefixes: Prefixes });
export const OnboardBody = attributes({ network_id: Id });

export const CreateScope = attributes({
  name: STANDARD.name,
  project_id: STANDARD.project_id,
  tenant_id: STANDARD.tenant_id,
  ip_version: Count,
  shared: Type.Optional(Flag),
});
export const UpdateScope = attributes({ name: STANDARD.name, shared: Type.Optional(Flag) });

export type CreatePoolBody = Attributes<typeof CreatePool>;
export type UpdatePoolBody = Attributes<typeof UpdatePool>;
export type CreateScopeBody = Attributes<typeof CreateScope>;
export type UpdateScopeBody = Attributes<typeof UpdateScope>;
export type OnboardInput = Attributes<typeof OnboardBody>;
