import { Type, type Static } from 'typebox';
import { badRequest } from '#kernel/errors.ts';
import type { ImportMethod } from '../model/task.ts';

const text = (maxLength = 255) => Type.String({ minLength: 1, maxLength });

export const ImportImage = Type.Object({
  method: Type.Object({ name: text(), uri: Type.Optional(text(2048)) }),
  stores: Type.Optional(Type.Array(text(), { maxItems: 100 })),
  all_stores: Type.Optional(Type.Boolean()),
  all_stores_must_succeed: Type.Optional(Type.Boolean()),
});

/** The legacy call that makes an image and imports it. */
export const CreateTask = Type.Object({
  type: text(),
  input: Type.Object({
    import_from: text(2048),
    import_from_format: Type.Optional(text()),
    image_properties: Type.Record(Type.String(), Type.Unknown()),
  }),
});
export const TaskParams = Type.Object({ task_id: Type.String() });
export const ListTasks = Type.Object({
  type: Type.Optional(Type.String()),
  status: Type.Optional(
    Type.Union(['pending', 'processing', 'success', 'failure'].map((status) => Type.Literal(status))),
  ),
  limit: Type.Optional(Type.Integer({ minimum: 0 })),
  marker: Type.Optional(Type.String()),
  sort_key: Type.Optional(Type.String()),
  sort_dir: Type.Optional(Type.String()),
});

export const IMPORT_METHODS = ['glance-direct', 'web-download'] as const;
/** Where there is a choice of stores. */
export const COPY_METHOD = 'copy-image';

/** @throws CloudError `bad-request` for a method that is not known, or misses what it needs */
export function parseMethod({ name, uri }: Static<typeof ImportImage>['method']): ImportMethod {
  if (name === 'glance-direct' || name === 'copy-image') return { name };
  if (name !== 'web-download') throw badRequest(`Unknown import method name '${name}'.`);
  if (uri === undefined) throw badRequest("The import method 'web-download' needs a uri.");
  return { name, uri };
}
