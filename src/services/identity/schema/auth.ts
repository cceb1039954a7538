import { Type, type Static } from 'typebox';

const Text = Type.String({ maxLength: 255 });
const Domain = Type.Object({ id: Type.Optional(Text), name: Type.Optional(Text) });
const User = Type.Object({
  id: Type.Optional(Text),
  name: Type.Optional(Text),
  domain: Type.Optional(Domain),
});
const Project = Type.Object({
  id: Type.Optional(Text),
  name: Type.Optional(Text),
  domain: Type.Optional(Domain),
});

const Scope = Type.Object({
  project: Type.Optional(Project),
  domain: Type.Optional(Domain),
  system: Type.Optional(Type.Object({ all: Type.Literal(true) })),
  'OS-TRUST:trust': Type.Optional(Type.Object({ id: Text })),
});

/** `POST /v3/auth/tokens`. Old clients send `{"unscoped": {}}` where new ones send the word. */
export const Authenticate = Type.Object({
  auth: Type.Object({
    identity: Type.Object({
      methods: Type.Array(Type.String(), { minItems: 1, maxItems: 5 }),
      password: Type.Optional(
        Type.Object({
          user: Type.Intersect([User, Type.Object({ password: Type.String({ maxLength: 4096 }) })]),
        }),
      ),
      totp: Type.Optional(
        Type.Object({
          user: Type.Intersect([User, Type.Object({ passcode: Type.String({ maxLength: 64 }) })]),
        }),
      ),
      token: Type.Optional(Type.Object({ id: Type.String({ maxLength: 4096 }) })),
      oauth1: Type.Optional(Type.Object({})),
      application_credential: Type.Optional(
        Type.Object({
          id: Type.Optional(Text),
          name: Type.Optional(Text),
          user: Type.Optional(User),
          secret: Type.String({ maxLength: 4096 }),
        }),
      ),
    }),
    scope: Type.Optional(
      Type.Union([Type.Literal('unscoped'), Type.Object({ unscoped: Type.Object({}) }), Scope]),
    ),
  }),
});

export type DomainReference = Static<typeof Domain>;
export type UserReference = Static<typeof User>;
export type ProjectReference = Static<typeof Project>;

interface ScopeRequest {
  readonly unscoped?: object;
  readonly project?: ProjectReference;
  readonly domain?: DomainReference;
  readonly system?: { readonly all: true };
  readonly 'OS-TRUST:trust'?: { readonly id: string };
}

export interface AuthRequest {
  readonly identity: Static<typeof Authenticate>['auth']['identity'];
  readonly scope?: 'unscoped' | ScopeRequest | undefined;
}
