import { Type, type Static } from 'typebox';
import { Id, Nullable } from './common.ts';

const Count = Type.Integer({ minimum: 0, maximum: 1_000_000 });

export const CreateTrust = Type.Object({
  trust: Type.Object({
    trustor_user_id: Id,
    trustee_user_id: Id,
    impersonation: Type.Boolean(),
    project_id: Type.Optional(Nullable(Id)),
    roles: Type.Optional(
      Type.Array(Type.Object({ id: Type.Optional(Type.String()), name: Type.Optional(Type.String()) })),
    ),
    expires_at: Type.Optional(Nullable(Type.String())),
    remaining_uses: Type.Optional(Nullable(Type.Integer({ minimum: 1, maximum: 1_000_000 }))),
    allow_redelegation: Type.Optional(Type.Boolean()),
    redelegation_count: Type.Optional(Nullable(Count)),
  }),
});
export type NewTrust = Static<typeof CreateTrust>['trust'];

export const ListTrusts = Type.Object({
  trustor_user_id: Type.Optional(Type.String()),
  trustee_user_id: Type.Optional(Type.String()),
});
