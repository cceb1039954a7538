import { Reply, route, type Route } from '#kernel/http/route.ts';
import { refTo } from '../model/refs.ts';
import { SecretParams } from '../schema/common.ts';
import { CreateNote, NoteParams, PutMetadata } from '../schema/secret.ts';
import type { MetadataService } from '../service/metadata.ts';

const URL = '/v1/secrets/:secret_id/metadata';
const CHANGE = { rule: 'key-manager:secret_meta:put' };

const urlOf = (base: string, secretId: string): string => `${refTo(base, 'secrets', secretId)}/metadata`;

export const metadataRoutes = (metadata: MetadataService): Route[] => [
  route({
    method: 'GET',
    url: URL,
    name: 'list-secret-metadata',
    summary: "Show a secret's metadata.",
    access: 'authenticated',
    params: SecretParams,
    status: 200,
    handle: async ({ ctx, params }) => ({ metadata: await metadata.getAll(ctx, params.secret_id) }),
  }),
  route({
    method: 'PUT',
    url: URL,
    name: 'replace-secret-metadata',
    summary: "Replace all of a secret's metadata.",
    access: CHANGE,
    params: SecretParams,
    body: PutMetadata,
    status: 201,
    async handle({ ctx, params, body, base }) {
      await metadata.replace(ctx, params.secret_id, body.metadata);
      return { metadata_ref: urlOf(base, params.secret_id) };
    },
  }),
  route({
    method: 'POST',
    url: URL,
    name: 'create-secret-metadatum',
    summary: "Add a key to a secret's metadata.",
    access: CHANGE,
    params: SecretParams,
    body: CreateNote,
    status: 201,
    async handle({ ctx, params, body: { key, value }, base }) {
      await metadata.add(ctx, params.secret_id, { key, value });
      const location = `${urlOf(base, params.secret_id)}/${key}`;
      return new Reply({ key, value }, { headers: { location } });
    },
  }),
  ...noteRoutes(metadata),
];

const noteRoutes = (metadata: MetadataService): Route[] => [
  route({
    method: 'GET',
    url: `${URL}/:key`,
    name: 'get-secret-metadatum',
    summary: "Show one key of a secret's metadata.",
    access: 'authenticated',
    params: NoteParams,
    status: 200,
    handle: async ({ ctx, params: { secret_id, key } }) => ({
      key,
      value: await metadata.get(ctx, secret_id, key),
    }),
  }),
  route({
    method: 'PUT',
    url: `${URL}/:key`,
    name: 'update-secret-metadatum',
    summary: "Change one key of a secret's metadata.",
    access: CHANGE,
    params: NoteParams,
    body: CreateNote,
    status: 200,
    async handle({ ctx, params, body: { key, value } }) {
      await metadata.change(ctx, { secretId: params.secret_id, key: params.key }, { key, value });
      return { key, value };
    },
  }),
  route({
    method: 'DELETE',
    url: `${URL}/:key`,
    name: 'delete-secret-metadatum',
    summary: "Remove one key of a secret's metadata.",
    access: CHANGE,
    params: NoteParams,
    status: 204,
    handle: ({ ctx, params }) => metadata.remove(ctx, params.secret_id, params.key),
  }),
];
