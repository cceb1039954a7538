import { Type } from 'typebox';
import { Flag, orNull, STRICT } from './common.ts';

const Limit = Type.Union([
  Type.Integer({ minimum: -1, maximum: Number.MAX_SAFE_INTEGER }),
  Type.String({ pattern: '^(-1|[0-9]{1,15})$' }),
]);

export const UpdateQuota = Type.Object(
  { containers: orNull(Limit), memory: orNull(Limit), cpu: orNull(Limit), disk: orNull(Limit) },
  STRICT,
);

export const GetQuota = Type.Object({ usages: Type.Optional(Flag) }, STRICT);
export const QuotaClassParams = Type.Object({ class: Type.String({ maxLength: 255 }) });
export const QuotaParams = Type.Object({ project: Type.String() });
