import { badRequest, notFound } from '#kernel/errors.ts';
import { route, type Route } from '#kernel/http/route.ts';
import { TypeParams } from '../schema/common.ts';
import {
  AccessBody,
  CreateEncryption,
  EncryptionParams,
  UpdateEncryption,
  type EncryptionBody,
} from '../schema/periphery.ts';
import type { EncryptionFields, EncryptionService } from '../service/encryptions.ts';
import type { TypeAccessService } from '../service/type-access.ts';
import { encryptionDetail, encryptionView } from '../view/periphery.ts';
import { action, actionRoute } from './actions.ts';

const ACCESS = 'volume_extension:volume_type_access';

export const typeAccessRoutes = (access: TypeAccessService): Route[] => [
  route({
    method: 'GET',
    url: '/v3/types/:type/os-volume-type-access',
    name: 'list-type-access',
    summary: 'List the projects that may use a private volume type.',
    access: { rule: `${ACCESS}:get_all_for_type` },
    params: TypeParams,
    status: 200,
    async handle({ ctx, params }) {
      const { typeId, projects } = await access.list(ctx, params.type);
      return {
        volume_type_access: projects.map((project_id) => ({ volume_type_id: typeId, project_id })),
      };
    },
  }),
  actionRoute({ path: 'types', singular: 'type', rule: `${ACCESS}:change` }, [
    action({
      name: 'addProjectAccess',
      schema: AccessBody,
      handle: ({ ctx }, id, { project }) => access.add(ctx, id, project),
    }),
    action({
      name: 'removeProjectAccess',
      schema: AccessBody,
      handle: ({ ctx }, id, { project }) => access.remove(ctx, id, project),
    }),
  ]),
];

const ENCRYPTION = 'volume_extension:volume_type_encryption';

export const encryptionRoutes = (encryptions: EncryptionService): Route[] => [
  route({
    method: 'GET',
    url: '/v3/types/:type/encryption',
    name: 'get-encryption',
    summary: 'Show how volumes of a type are to be encrypted; an empty object = not at all.',
    access: { rule: `${ENCRYPTION}:get` },
    params: TypeParams,
    status: 200,
    async handle({ params }) {
      const found = await encryptions.find(params.type);
      return found ? encryptionDetail(found) : {};
    },
  }),
  route({
    method: 'POST',
    url: '/v3/types/:type/encryption',
    name: 'create-encryption',
    summary: 'Say how volumes of a type are to be encrypted.',
    access: { rule: `${ENCRYPTION}:create` },
    params: TypeParams,
    body: CreateEncryption,
    status: 200,
    async handle({ params, body: { encryption } }) {
      const { provider, control_location: controlLocation } = encryption;
      const fields = { cipher: null, keySize: 0, ...changesOf(encryption), provider, controlLocation };
      return { encryption: encryptionView(await encryptions.create(params.type, fields)) };
    },
  }),
  route({
    method: 'GET',
    url: '/v3/types/:type/encryption/:encryption',
    name: 'get-encryption-key',
    summary: 'Show one property of how volumes of a type are to be encrypted.',
    access: { rule: `${ENCRYPTION}:get` },
    params: EncryptionParams,
    status: 200,
    async handle({ params: { type, encryption: key } }) {
      const found = await encryptions.find(type);
      const view: Readonly<Record<string, unknown>> = found ? encryptionDetail(found) : {};
      if (!Object.hasOwn(view, key)) throw notFound(`Volume type ${type} has no encryption key ${key}.`);
      return { [key]: view[key] };
    },
  }),
  route({
    method: 'PUT',
    url: '/v3/types/:type/encryption/:encryption',
    name: 'update-encryption',
    summary: 'Change how volumes of a type are to be encrypted.',
    access: { rule: `${ENCRYPTION}:update` },
    params: EncryptionParams,
    body: UpdateEncryption,
    status: 200,
    async handle({ params, body: { encryption } }) {
      const changes = changesOf(encryption);
      if (Object.keys(changes).length === 0) throw badRequest('There is nothing to change.');
      await encryptions.change(params.type, changes);
      return { encryption };
    },
  }),
  route({
    method: 'DELETE',
    url: '/v3/types/:type/encryption/:encryption',
    name: 'delete-encryption',
    summary: 'Let volumes of a type be plain.',
    access: { rule: `${ENCRYPTION}:delete` },
    params: EncryptionParams,
    status: 202,
    handle: ({ params }) => encryptions.delete(params.type),
  }),
];

function changesOf(body: EncryptionBody): Partial<EncryptionFields> {
  return {
    ...(body.provider !== undefined && { provider: body.provider }),
    ...(body.control_location !== undefined && { controlLocation: body.control_location }),
    ...(body.cipher !== undefined && { cipher: body.cipher }),
    ...(body.key_size !== undefined && { keySize: Number(body.key_size ?? 0) }),
  };
}
