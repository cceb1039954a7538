import { Type } from 'typebox';
import { Flag, IntegerText, STRICT } from './common.ts';

/** Parameters of actions: from the query, the body, or both. */
export const NoParameters = Type.Object({}, STRICT);

export const Timeout = Type.Object(
  { timeout: Type.Optional(Type.Union([Type.Integer({ minimum: 0 }), Type.Null(), Type.Literal('None')])) },
  STRICT,
);

export const Kill = Type.Object(
  { signal: Type.Optional(Type.Union([Type.String(), Type.Integer(), Type.Null()])) },
  STRICT,
);

export const Execute = Type.Object(
  {
    command: Type.String({ minLength: 1 }),
    run: Type.Optional(Flag),
    interactive: Type.Optional(Flag),
  },
  STRICT,
);

export const Logs = Type.Object(
  {
    stdout: Type.Optional(Flag),
    stderr: Type.Optional(Flag),
    timestamps: Type.Optional(Flag),
    tail: Type.Optional(Type.Union([IntegerText, Type.Literal('all')])),
    since: Type.Optional(Type.String()),
  },
  STRICT,
);

const Length = Type.Integer({ minimum: 1, maximum: 65_535 });
const SIZE = { h: Length, w: Length };

export const Resize = Type.Object(SIZE, STRICT);

export const ExecuteResize = Type.Object(
  { exec_id: Type.String({ pattern: '^[a-f0-9]{64}$' }), ...SIZE },
  STRICT,
);

/** Of our own path alone. */
export const LogStream = Type.Object(
  { ...Logs.properties, grep: Type.Optional(Type.String({ minLength: 1, maxLength: 255 })) },
  STRICT,
);

export const Top = Type.Object({ ps_args: Type.Optional(Type.String()) }, STRICT);

export const ActionParams = Type.Object({ container: Type.String(), request: Type.String() });
