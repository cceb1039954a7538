import { Type } from 'typebox';
import { notFound } from '#kernel/errors.ts';
import { route, type Route } from '#kernel/http/route.ts';
import { schemaDocuments } from '../view/schemas.ts';
import { versionsView } from '../view/versions.ts';

export const discoveryRoutes = (): Route[] => [
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
  route({
    method: 'GET',
    url: '/v2/schemas/:schema',
    name: 'get-schema',
    summary: 'The JSON Schema of a resource.',
    access: 'authenticated',
    params: Type.Object({ schema: Type.String() }),
    status: 200,
    async handle({ params }) {
      const document = Object.hasOwn(schemaDocuments, params.schema)
        ? schemaDocuments[params.schema]
        : undefined;
      if (!document) throw notFound(`There is no schema '${params.schema}'.`);
      return document;
    },
  }),
  route({
    method: 'GET',
    url: '/v2/info/import',
    name: 'list-import-methods',
    summary: 'How data may be imported.',
    access: 'authenticated',
    status: 200,
    handle: async () => ({
      'import-methods': { description: 'Import methods available.', type: 'array', value: ['glance-direct'] },
    }),
  }),
  route({
    method: 'GET',
    url: '/v2/info/stores',
    name: 'list-stores',
    summary: 'There is one store only, so no list of them.',
    access: 'authenticated',
    status: 200,
    handle: () => Promise.reject(notFound('Multi backend is not supported at this site.')),
  }),
];
