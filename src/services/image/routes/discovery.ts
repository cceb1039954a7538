import { Type } from 'typebox';
import { notFound } from '#kernel/errors.ts';
import { route, type Route } from '#kernel/http/route.ts';
import { projectOf } from '#kernel/context.ts';
import { COPY_METHOD, IMPORT_METHODS } from '../schema/import.ts';
import type { ConfiguredStore } from '../service/deps.ts';
import type { Limits } from '../service/limits.ts';
import type { Stores } from '../service/stores.ts';
import { metadefSchemas } from '../view/metadef-schemas.ts';
import { schemaDocuments } from '../view/schemas.ts';
import { versionsView } from '../view/versions.ts';

export const discoveryRoutes = ({ stores, limits }: { stores: Stores; limits: Limits }): Route[] => [
  route({
    method: 'GET',
    url: '/',
    name: 'choose-version',
    summary: 'Which versions there are.',
    access: 'public',
    status: 300,
    handle: async ({ base }) => versionsView(base),
  }),
  route({
    method: 'GET',
    url: '/versions',
    name: 'list-versions',
    summary: 'Which versions there are.',
    access: 'public',
    status: 200,
    handle: async ({ base }) => versionsView(base),
  }),
  schemaRoute('/v2/schemas/:schema', 'get-schema', schemaDocuments),
  schemaRoute('/v2/schemas/metadefs/:schema', 'get-metadef-schema', metadefSchemas),
  route({
    method: 'GET',
    url: '/v2/info/import',
    name: 'list-import-methods',
    summary: 'How data may be imported.',
    access: 'authenticated',
    status: 200,
    handle: async () => ({
      'import-methods': {
        description: 'Import methods available.',
        type: 'array',
        value: importMethods(stores),
      },
    }),
  }),
  route({
    method: 'GET',
    url: '/v2/info/stores',
    name: 'list-stores',
    summary: 'Which stores there are, where there are several.',
    access: 'authenticated',
    status: 200,
    handle: async () => ({ stores: severalOf(stores).map((store, index) => storeView(store, index === 0)) }),
  }),
  route({
    method: 'GET',
    url: '/v2/info/stores/detail',
    name: 'list-store-details',
    summary: 'How the stores are set up.',
    access: { rule: 'stores_info_detail' },
    status: 200,
    handle: async () => ({
      stores: severalOf(stores).map((configured, index) => ({
        ...storeView(configured, index === 0),
        type: configured.store.kind,
        properties: {},
      })),
    }),
  }),
  route({
    method: 'GET',
    url: '/v2/info/usage',
    name: 'get-usage',
    summary: 'How much the own project has, and may have.',
    access: { rule: 'get_images' },
    status: 200,
    handle: async ({ ctx }) => ({ usage: await limits.usage(projectOf(ctx)) }),
  }),
];

const schemaRoute = (url: string, name: string, documents: Readonly<Record<string, object>>): Route =>
  route({
    method: 'GET',
    url,
    name,
    summary: 'The JSON Schema of a resource.',
    access: 'authenticated',
    params: Type.Object({ schema: Type.String() }),
    status: 200,
    async handle({ params }) {
      const document = Object.hasOwn(documents, params.schema) ? documents[params.schema] : undefined;
      if (!document) throw notFound(`There is no schema '${params.schema}'.`);
      return document;
    },
  });

/** Copying needs another store. */
export const importMethods = (stores: Stores): string[] => [
  ...IMPORT_METHODS,
  ...(stores.several ? [COPY_METHOD] : []),
];

function severalOf(stores: Stores): Stores['all'] {
  if (!stores.several) throw notFound('Multi backend is not supported at this site.');
  return stores.all;
}

const storeView = ({ id, description }: ConfiguredStore, isDefault: boolean) => ({
  id,
  ...(description === '' ? {} : { description }),
  ...(isDefault ? { default: 'true' } : {}),
});
