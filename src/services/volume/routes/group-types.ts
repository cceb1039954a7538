import { badRequest, notFound } from '#kernel/errors.ts';
import { route, type Call, type Route } from '#kernel/http/route.ts';
import type { Policy } from '#kernel/policy/policy.ts';
import type { GroupType } from '../model/group.ts';
import { isTrue } from '../schema/common.ts';
import {
  CreateGroupType,
  GroupSpecParams,
  GroupSpecs,
  GroupTypeParams,
  ListGroupTypes,
  UpdateGroupType,
  WrappedGroupSpecs,
  type ListGroupTypesQuery,
  type UpdateGroupTypeBody,
} from '../schema/group.ts';
import type { GroupTypeService } from '../service/group-types.ts';
import { groupTypeView } from '../view/group.ts';

const SINCE = '3.11';
const MANAGE = { rule: 'group:group_types_manage' };
const SPECS = { rule: 'group:group_types_specs' };

export const groupTypeRoutes = (types: GroupTypeService, policy: Policy): Route[] => [
  ...collectionRoutes(types, policy),
  ...memberRoutes(types, policy),
  ...specRoutes(types),
];

const viewOf = ({ ctx }: Pick<Call, 'ctx'>, policy: Policy, type: GroupType) =>
  groupTypeView(type, { seesSpecs: policy.allows(ctx, 'group:access_group_types_specs') });

const collectionRoutes = (types: GroupTypeService, policy: Policy): Route[] => [
  route({
    method: 'GET',
    url: '/v3/group_types',
    name: 'list-group-types',
    summary: 'List group types.',
    access: { rule: 'group:get_group_types' },
    since: SINCE,
    query: ListGroupTypes,
    status: 200,
    async handle(call) {
      const found = (await types.list(call.ctx)).filter((type) => isAsked(type, call.query));
      const sorted = sortedBy(found, call.query.sort).slice(0, call.query.limit);
      return { group_types: sorted.map((type) => viewOf(call, policy, type)) };
    },
  }),
  route({
    method: 'POST',
    url: '/v3/group_types',
    name: 'create-group-type',
    summary: 'Create a group type.',
    access: MANAGE,
    since: SINCE,
    body: CreateGroupType,
    status: 202,
    async handle(call) {
      const { name, description, is_public, group_specs } = call.body.group_type;
      const type = await types.create({
        name: nameOf(name),
        description: description ?? null,
        isPublic: is_public === undefined || isTrue(is_public),
        groupSpecs: group_specs ?? {},
      });
      return { group_type: viewOf(call, policy, type) };
    },
  }),
];

const memberRoutes = (types: GroupTypeService, policy: Policy): Route[] => [
  route({
    method: 'GET',
    url: '/v3/group_types/:group_type',
    name: 'get-group-type',
    summary: 'Show a group type.',
    access: { rule: 'group:get_group_types' },
    since: SINCE,
    params: GroupTypeParams,
    status: 200,
    async handle(call) {
      const { group_type: id } = call.params;
      if (id === 'default') throw notFound('Default group type can not be found.');
      return { group_type: viewOf(call, policy, await types.get(call.ctx, id)) };
    },
  }),
  route({
    method: 'PUT',
    url: '/v3/group_types/:group_type',
    name: 'update-group-type',
    summary: 'Change a group type.',
    access: MANAGE,
    since: SINCE,
    params: GroupTypeParams,
    body: UpdateGroupType,
    status: 200,
    async handle(call) {
      const { group_type: id } = call.params;
      const type = await types.change(id, (before) => merged(before, call.body.group_type));
      return { group_type: viewOf(call, policy, type) };
    },
  }),
  route({
    method: 'DELETE',
    url: '/v3/group_types/:group_type',
    name: 'delete-group-type',
    summary: 'Delete a group type that no group has.',
    access: MANAGE,
    since: SINCE,
    params: GroupTypeParams,
    status: 202,
    handle: ({ params }) => types.delete(params.group_type),
  }),
];

const specRoutes = (types: GroupTypeService): Route[] => [
  route({
    method: 'GET',
    url: '/v3/group_types/:group_type/group_specs',
    name: 'list-group-specs',
    summary: 'List the specs of a group type.',
    access: SPECS,
    since: SINCE,
    params: GroupTypeParams,
    status: 200,
    handle: async ({ ctx, params }) => ({
      group_specs: (await types.get(ctx, params.group_type)).groupSpecs,
    }),
  }),
  route({
    method: 'POST',
    url: '/v3/group_types/:group_type/group_specs',
    name: 'create-group-specs',
    summary: 'Set specs of a group type.',
    access: SPECS,
    since: SINCE,
    params: GroupTypeParams,
    body: WrappedGroupSpecs,
    status: 202,
    async handle({ params, body }) {
      await types.change(params.group_type, withSpecs(body.group_specs));
      return body;
    },
  }),
  route({
    method: 'GET',
    url: '/v3/group_types/:group_type/group_specs/:key',
    name: 'get-group-spec',
    summary: 'Show a spec of a group type.',
    access: SPECS,
    since: SINCE,
    params: GroupSpecParams,
    status: 200,
    async handle({ ctx, params: { group_type: id, key } }) {
      const { groupSpecs } = await types.get(ctx, id);
      if (!Object.hasOwn(groupSpecs, key)) throw notFound(`Group type ${id} has no specs with key ${key}.`);
      return { [key]: groupSpecs[key] };
    },
  }),
  route({
    method: 'PUT',
    url: '/v3/group_types/:group_type/group_specs/:key',
    name: 'update-group-spec',
    summary: 'Set a spec of a group type.',
    access: SPECS,
    since: SINCE,
    params: GroupSpecParams,
    body: GroupSpecs,
    status: 200,
    async handle({ params: { group_type: id, key }, body }) {
      if (Object.keys(body).length !== 1 || !Object.hasOwn(body, key))
        throw badRequest('Request body and URI mismatch: the entry in the body must be the one in the URL.');
      await types.change(id, withSpecs(body));
      return body;
    },
  }),
  route({
    method: 'DELETE',
    url: '/v3/group_types/:group_type/group_specs/:key',
    name: 'delete-group-spec',
    summary: 'Remove a spec of a group type.',
    access: SPECS,
    since: SINCE,
    params: GroupSpecParams,
    status: 202,
    handle: ({ params }) => types.deleteSpec(params.group_type, params.key),
  }),
];

const withSpecs =
  (specs: Readonly<Record<string, string>>) =>
  (before: GroupType): GroupType => ({ ...before, groupSpecs: { ...before.groupSpecs, ...specs } });

function merged(before: GroupType, body: UpdateGroupTypeBody): GroupType {
  if ((body.name ?? body.description ?? body.is_public ?? null) === null)
    throw badRequest('Specify group type name, description or is_public.');
  return {
    ...before,
    name: nameOf(body.name ?? before.name),
    description: body.description ?? before.description,
    isPublic: isTrue(body.is_public ?? before.isPublic),
  };
}

function nameOf(text: string): string {
  const name = text.trim();
  if (name === '') throw badRequest('Group type name can not be empty.');
  return name;
}

const isAsked = ({ isPublic }: GroupType, { is_public }: ListGroupTypesQuery): boolean =>
  is_public?.toLowerCase() === 'none' || isPublic === (is_public === undefined || isTrue(is_public));

/** Only names sort; else the oldest come first. */
function sortedBy(types: readonly GroupType[], sort: string | undefined): readonly GroupType[] {
  const [key, direction = 'desc'] = (sort ?? '').split(':');
  if (key !== 'name') return types;
  const sign = direction === 'asc' ? 1 : -1;
  return types.toSorted((a, b) => sign * a.name.localeCompare(b.name));
}
