import { Type, type Static } from 'typebox';
import { Flag, IntegerText, orNull, STRICT } from './common.ts';

const Destination = Type.String({ minLength: 1, maxLength: 4096 });
const Id = Type.Integer({ minimum: 0, maximum: 2 ** 31 - 1 });

/** Rights of a file; fields of our own. */
const Rights = {
  mode: Type.Optional(Type.String({ pattern: '^0?[0-7]{3}$' })),
  uid: Type.Optional(Id),
  gid: Type.Optional(Id),
};

/** As Zun has it; `read_only` and the rights of a file are our own. */
export const Mount = Type.Object(
  {
    type: Type.Optional(Type.Union([Type.Literal('volume'), Type.Literal('bind')])),
    source: orNull(Type.String({ maxLength: 350_000 })),
    destination: Destination,
    size: orNull(IntegerText),
    read_only: Type.Optional(Flag),
    ...Rights,
  },
  STRICT,
);

/** A secret of the secret service as a file in memory, or as a variable of the environment: our own. */
export const Secret = Type.Object(
  {
    source: Type.String({ minLength: 1, maxLength: 255 }),
    destination: Type.Optional(Destination),
    env: Type.Optional(Type.String({ maxLength: 255, pattern: '^[A-Za-z_][A-Za-z0-9_]*$' })),
    ...Rights,
  },
  STRICT,
);

export type MountBody = Static<typeof Mount>;
export type SecretBody = Static<typeof Secret>;
