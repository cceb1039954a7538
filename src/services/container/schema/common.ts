import { Type } from 'typebox';

/** Text that means yes or no, as oslo's strict booleans take it. */
const FLAG_TEXT =
  '^([tT]([rR][uU][eE])?|[fF]([aA][lL][sS][eE])?|[yY]([eE][sS])?|[nN]([oO])?|[oO]([nN]|[fF][fF])|[01])$';
export const Flag = Type.Union([Type.Boolean(), Type.String({ pattern: FLAG_TEXT })]);

export const flagOf = (value: boolean | string | null | undefined): boolean =>
  typeof value === 'string' ? /^(t|true|y|yes|on|1)$/i.test(value) : (value ?? false);

export const Name = Type.String({ minLength: 2, maxLength: 255, pattern: '^[a-zA-Z0-9][a-zA-Z0-9_.-]+$' });
export const NumberText = Type.Union([Type.Number(), Type.String({ pattern: '^[0-9]+(\\.[0-9]+)?$' })]);
/** No larger than every database can count. */
export const IntegerText = Type.Union([
  Type.Integer({ minimum: Number.MIN_SAFE_INTEGER, maximum: Number.MAX_SAFE_INTEGER }),
  Type.String({ pattern: '^[0-9]{1,15}$' }),
]);

export const PullPolicy = Type.String({ pattern: '^([nN]ever|[aA]lways|[iI]f[nN]ot[pP]resent)$' });

/** Name or id of a network, a port or a security group. */
export const NetworkRef = Type.String({ minLength: 1, maxLength: 255 });

export const ContainerParams = Type.Object({ container: Type.String() });

/** Page parameters of every list. */
export const PageQuery = {
  limit: Type.Optional(Type.Integer({ minimum: 1 })),
  marker: Type.Optional(Type.String()),
  sort_key: Type.Optional(Type.String()),
  sort_dir: Type.Optional(Type.Union([Type.Literal('asc'), Type.Literal('desc')])),
  all_projects: Type.Optional(Flag),
};

export const STRICT = { additionalProperties: false } as const;
export const orNull = <T extends Parameters<typeof Type.Union>[0][number]>(schema: T) =>
  Type.Optional(Type.Union([schema, Type.Null()]));
