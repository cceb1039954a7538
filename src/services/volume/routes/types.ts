import type { Static } from 'typebox';
import { projectOf } from '#kernel/context.ts';
import { badRequest, notFound } from '#kernel/errors.ts';
import { route, type Call, type Route } from '#kernel/http/route.ts';
import type { Policy } from '#kernel/policy/policy.ts';
import type { VolumeType } from '../model/volume-type.ts';
import { isTrue, TypeParams } from '../schema/common.ts';
import {
  CreateType,
  ListTypes,
  SpecParams,
  UpdateType,
  WrappedSpecs,
  ExtraSpecs,
  type UpdateTypeBody,
} from '../schema/type.ts';
import type { TypeService } from '../service/types.ts';
import { typeChangedView, typeMadeView, typeView } from '../view/type.ts';

export const typeRoutes = (types: TypeService, policy: Policy): Route[] => [
  ...collectionRoutes(types, policy),
  ...memberRoutes(types, policy),
  ...specRoutes(types, policy),
];

const lookerOf = ({ ctx }: Pick<Call, 'ctx'>, policy: Policy) => ({
  seesAll: policy.allows(ctx, 'volume_extension:types_extra_specs:read_sensitive'),
});

const collectionRoutes = (types: TypeService, policy: Policy): Route[] => [
  route({
    method: 'GET',
    url: '/v3/types',
    name: 'list-types',
    summary: 'List volume types.',
    access: { rule: 'volume_extension:type_get_all' },
    query: ListTypes,
    status: 200,
    async handle(call) {
      const looker = lookerOf(call, policy);
      const shown = (await types.list(call.ctx)).filter((type) => isShown(type, call.query, looker.seesAll));
      return { volume_types: pageOf(shown, call.query).map((type) => typeView(type, looker)) };
    },
  }),
  route({
    method: 'POST',
    url: '/v3/types',
    name: 'create-type',
    summary: 'Create a volume type.',
    access: { rule: 'volume_extension:type_create' },
    body: CreateType,
    status: 200,
    async handle(call) {
      const { name, description, extra_specs, ...rest } = call.body.volume_type;
      const open = rest['os-volume-type-access:is_public'];
      const type = await types.create(call.ctx, {
        name: nameOf(name),
        description: description ?? null,
        isPublic: open === undefined || isTrue(open),
        extraSpecs: extra_specs ?? {},
      });
      return { volume_type: typeMadeView(type, lookerOf(call, policy)) };
    },
  }),
];

const memberRoutes = (types: TypeService, policy: Policy): Route[] => [
  route({
    method: 'GET',
    url: '/v3/types/:type',
    name: 'get-type',
    summary: 'Show a volume type; `default` is that of volumes that name none.',
    access: { rule: 'volume_extension:type_get' },
    params: TypeParams,
    status: 200,
    async handle(call) {
      const { type } = call.params;
      const found = await (type === 'default'
        ? types.default(projectOf(call.ctx))
        : types.get(call.ctx, type));
      return { volume_type: typeView(found, lookerOf(call, policy)) };
    },
  }),
  route({
    method: 'PUT',
    url: '/v3/types/:type',
    name: 'update-type',
    summary: 'Change a volume type.',
    access: { rule: 'volume_extension:type_update' },
    params: TypeParams,
    body: UpdateType,
    status: 200,
    async handle(call) {
      const type = await types.change(call.params.type, (before) => merged(before, call.body.volume_type));
      return { volume_type: typeChangedView(type, lookerOf(call, policy)) };
    },
  }),
  route({
    method: 'DELETE',
    url: '/v3/types/:type',
    name: 'delete-type',
    summary: 'Delete a volume type that no volume has.',
    access: { rule: 'volume_extension:type_delete' },
    params: TypeParams,
    status: 202,
    handle: ({ params }) => types.delete(params.type),
  }),
];

const specRoutes = (types: TypeService, policy: Policy): Route[] => [
  route({
    method: 'GET',
    url: '/v3/types/:type/extra_specs',
    name: 'list-extra-specs',
    summary: 'List the extra specs of a volume type.',
    access: { rule: 'volume_extension:types_extra_specs:index' },
    params: TypeParams,
    status: 200,
    async handle(call) {
      const type = await types.get(call.ctx, call.params.type);
      return { extra_specs: typeView(type, lookerOf(call, policy)).extra_specs };
    },
  }),
  route({
    method: 'POST',
    url: '/v3/types/:type/extra_specs',
    name: 'create-extra-specs',
    summary: 'Add extra specs.',
    access: { rule: 'volume_extension:types_extra_specs:create' },
    params: TypeParams,
    body: WrappedSpecs,
    status: 200,
    async handle({ params, body: { extra_specs } }) {
      await types.change(params.type, withSpecs(extra_specs));
      return { extra_specs };
    },
  }),
  route({
    method: 'GET',
    url: '/v3/types/:type/extra_specs/:key',
    name: 'get-extra-spec',
    summary: 'Show an extra spec.',
    access: { rule: 'volume_extension:types_extra_specs:show' },
    params: SpecParams,
    status: 200,
    async handle(call) {
      const { type, key } = call.params;
      const specs = typeView(await types.get(call.ctx, type), lookerOf(call, policy)).extra_specs;
      return { [key]: specOf(specs, key) };
    },
  }),
  route({
    method: 'PUT',
    url: '/v3/types/:type/extra_specs/:key',
    name: 'update-extra-spec',
    summary: 'Change an extra spec.',
    access: { rule: 'volume_extension:types_extra_specs:update' },
    params: SpecParams,
    body: ExtraSpecs,
    status: 200,
    async handle({ params: { type, key }, body }) {
      if (Object.keys(body).length !== 1 || !Object.hasOwn(body, key))
        throw badRequest('Request body and URI mismatch: the entry in the body must be the one in the URL.');
      await types.change(type, withSpecs(body));
      return body;
    },
  }),
  route({
    method: 'DELETE',
    url: '/v3/types/:type/extra_specs/:key',
    name: 'delete-extra-spec',
    summary: 'Remove an extra spec.',
    access: { rule: 'volume_extension:types_extra_specs:delete' },
    params: SpecParams,
    status: 202,
    handle: async ({ params: { type, key } }) =>
      void (await types.change(type, (before) => {
        specOf(before.extraSpecs, key);
        return {
          ...before,
          extraSpecs: Object.fromEntries(Object.entries(before.extraSpecs).filter(([name]) => name !== key)),
        };
      })),
  }),
];

const withSpecs =
  (specs: Static<typeof ExtraSpecs>) =>
  (before: VolumeType): VolumeType => ({ ...before, extraSpecs: { ...before.extraSpecs, ...specs } });

function specOf(specs: Readonly<Record<string, string>>, key: string): string {
  const value = Object.hasOwn(specs, key) ? specs[key] : undefined;
  if (value === undefined) throw notFound(`Volume type has no extra spec with key ${key}.`);
  return value;
}

function merged(before: VolumeType, body: UpdateTypeBody): VolumeType {
  if ((body.name ?? body.description ?? body.is_public ?? null) === null)
    throw badRequest('Specify volume type name, description, is_public or a combination thereof.');
  return {
    ...before,
    name: body.name === undefined || body.name === null ? before.name : nameOf(body.name),
    description: body.description ?? before.description,
    isPublic:
      body.is_public === undefined || body.is_public === null ? before.isPublic : isTrue(body.is_public),
  };
}

function nameOf(text: string): string {
  const name = text.trim();
  if (name === '') throw badRequest('Volume type name can not be empty.');
  return name;
}

/** Administrators say which kind they mean; by default, the public ones. */
const isShown = (type: VolumeType, { is_public }: Static<typeof ListTypes>, seesAll: boolean): boolean => {
  if (!seesAll) return true;
  if (is_public?.toLowerCase() === 'none') return true;
  return type.isPublic === (is_public === undefined || isTrue(is_public));
};

function pageOf(types: readonly VolumeType[], { limit, marker, offset = 0 }: Static<typeof ListTypes>) {
  const at = marker === undefined ? 0 : types.findIndex(({ id }) => id === marker) + 1;
  const start = at + offset;
  return types.slice(start, limit === undefined ? undefined : start + limit);
}
