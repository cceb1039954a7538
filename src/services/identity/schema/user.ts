import { Type } from 'typebox';
import { Description, Id, Name, Nullable, Paging } from './common.ts';

const Password = Type.String({ minLength: 1, maxLength: 4096 });
const Switch = Type.Optional(Nullable(Type.Boolean()));
/** Null = as if it were not there. */
const UserOptions = Type.Object(
  {
    ignore_change_password_upon_first_use: Switch,
    ignore_password_expiry: Switch,
    ignore_lockout_failure_attempts: Switch,
    ignore_user_inactivity: Switch,
    lock_password: Switch,
    multi_factor_auth_enabled: Switch,
    multi_factor_auth_rules: Type.Optional(
      Nullable(
        Type.Array(Type.Array(Type.String(), { minItems: 1, maxItems: 8, uniqueItems: true }), {
          maxItems: 32,
        }),
      ),
    ),
  },
  { additionalProperties: false },
);
const Writable = {
  description: Description,
  email: Type.Optional(Nullable(Type.String({ maxLength: 255 }))),
  enabled: Type.Optional(Type.Boolean()),
  default_project_id: Type.Optional(Nullable(Id)),
  password: Type.Optional(Nullable(Password)),
  options: Type.Optional(UserOptions),
};

export const CreateUser = Type.Object({ name: Name(255), domain_id: Type.Optional(Id), ...Writable });
export const UpdateUser = Type.Object({ name: Type.Optional(Name(255)), ...Writable });
export const ListUsers = Type.Object({
  domain_id: Type.Optional(Type.String()),
  name: Type.Optional(Type.String()),
  enabled: Type.Optional(Type.Boolean()),
  /** An operator and a time: `lt:2030-01-01T00:00:00Z`. */
  password_expires_at: Type.Optional(Type.String()),
  ...Paging,
});
export const ChangePassword = Type.Object({
  user: Type.Object({ password: Password, original_password: Type.String({ maxLength: 4096 }) }),
});

export const CreateGroup = Type.Object({
  name: Name(64),
  domain_id: Type.Optional(Id),
  description: Description,
});
export const UpdateGroup = Type.Object({ name: Type.Optional(Name(64)), description: Description });
export const ListGroups = Type.Object({
  domain_id: Type.Optional(Type.String()),
  name: Type.Optional(Type.String()),
  ...Paging,
});

export const CreateAppCredential = Type.Object({
  application_credential: Type.Object({
    name: Name(255),
    description: Description,
    secret: Type.Optional(Type.String({ minLength: 1, maxLength: 255 })),
    expires_at: Type.Optional(Nullable(Type.String())),
    unrestricted: Type.Optional(Type.Boolean()),
    roles: Type.Optional(
      Type.Array(Type.Object({ id: Type.Optional(Type.String()), name: Type.Optional(Type.String()) })),
    ),
    access_rules: Type.Optional(
      Type.Array(
        Type.Object({
          id: Type.Optional(Type.String()),
          service: Type.Optional(Type.String()),
          method: Type.Optional(Type.String()),
          path: Type.Optional(Type.String({ maxLength: 128 })),
        }),
      ),
    ),
  }),
});
