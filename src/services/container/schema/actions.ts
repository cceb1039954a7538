import { Type } from 'typebox';
import { Flag, IntegerText, NetworkRef, STRICT } from './common.ts';

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

/** `tty` is our own: whether an interactive command has a terminal. */
export const Execute = Type.Object(
  {
    command: Type.String({ minLength: 1 }),
    run: Type.Optional(Flag),
    interactive: Type.Optional(Flag),
    tty: Type.Optional(Flag),
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

/** By name or id. */
export const DetachNetwork = Type.Object({ network: Type.Optional(NetworkRef) }, STRICT);
export const DetachPlug = Type.Object(
  { network: Type.Optional(NetworkRef), port: Type.Optional(NetworkRef) },
  STRICT,
);
export const AttachNetwork = Type.Object(
  {
    network: Type.Optional(NetworkRef),
    port: Type.Optional(NetworkRef),
    fixed_ip: Type.Optional(Type.Union([Type.String({ format: 'ipv4' }), Type.String({ format: 'ipv6' })])),
  },
  STRICT,
);
export const GroupName = Type.Object({ name: NetworkRef }, STRICT);
/** Path of a container. */
const Path = Type.String({ minLength: 1, maxLength: 4096 });

/** Whoever may not have it is told so before the path is missed. */
export const GetArchive = Type.Object({ path: Type.Optional(Path) }, STRICT);
/** The tar in base64 since 1.25, before that a character for each byte. */
export const PutArchive = Type.Object({ path: Path, data: Type.String() }, STRICT);

export const Commit = Type.Object(
  {
    repository: Type.String({ minLength: 1, maxLength: 255, pattern: '^[a-z0-9]+([._/:-]+[a-z0-9]+)*$' }),
    tag: Type.Optional(
      Type.Union([
        Type.Null(),
        Type.Literal(''),
        Type.String({ pattern: '^[a-zA-Z0-9_][a-zA-Z0-9_.-]{0,127}$' }),
      ]),
    ),
  },
  STRICT,
);

const NoText = Type.Union([Type.Null(), Type.Literal(''), Type.Literal('None')]);

export const Rebuild = Type.Object(
  {
    image: Type.Optional(Type.Union([NoText, Type.String({ minLength: 2, maxLength: 255 })])),
    image_driver: Type.Optional(Type.Union([NoText, Type.Literal('glance'), Type.Literal('docker')])),
    /** Of our own: back to what it was when the new one is not well within so many seconds. */
    rollback: Type.Optional(Flag),
    ready_timeout: Type.Optional(Type.Integer({ minimum: 1, maximum: 3600 })),
  },
  STRICT,
);

export const ActionParams = Type.Object({ container: Type.String(), request: Type.String() });
