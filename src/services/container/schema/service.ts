import { Type } from 'typebox';
import { Flag, PageQuery, STRICT } from './common.ts';

const Named = {
  host: Type.String({ minLength: 1, maxLength: 255 }),
  binary: Type.String({ minLength: 1, maxLength: 255 }),
};

const { all_projects: _all, ...PAGE } = PageQuery;

/** Clients page it like other lists; there are only as many as nodes, so all of them are told. */
export const ListServices = Type.Object(PAGE, STRICT);
export const NameService = Type.Object(Named, STRICT);
export const DisableService = Type.Object(
  { ...Named, disabled_reason: Type.Optional(Type.String({ minLength: 1, maxLength: 255 })) },
  STRICT,
);
export const ForceDownService = Type.Object({ ...Named, forced_down: Type.Optional(Flag) }, STRICT);
