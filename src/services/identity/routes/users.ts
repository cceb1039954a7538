import { Type, type Static } from 'typebox';
import { route, type Route } from '#kernel/http/route.ts';
import { parseExpiryFilter } from '../model/password-expiry.ts';
import { defined } from '../schema/common.ts';
import {
  ChangePassword,
  CreateGroup,
  CreateUser,
  ListGroups,
  ListUsers,
  UpdateGroup,
  UpdateUser,
} from '../schema/user.ts';
import type { GroupService } from '../service/groups.ts';
import type { UserService } from '../service/users.ts';
import { groupView, userView } from '../view/people.ts';
import { listLinks, resourceRoutes } from './resource.ts';

const Params = Type.Object({ id: Type.String() });
const MemberParams = Type.Object({ id: Type.String(), user_id: Type.String() });

export const userRoutes = (users: UserService): Route[] => [
  ...resourceRoutes({
    singular: 'user',
    plural: 'users',
    schema: { list: ListUsers, create: CreateUser, update: UpdateUser },
    getAccess: 'authenticated',
    list: (ctx, query) => users.list(ctx, userFilter(query), query),
    get: (ctx, id) => users.get(ctx, id),
    create: (ctx, body) => users.create(ctx, body),
    update: (ctx, id, body) => users.update(ctx, id, body),
    delete: (ctx, id) => users.delete(ctx, id),
    view: userView,
  }),
  route({
    method: 'POST',
    url: '/v3/users/:id/password',
    name: 'change-password',
    summary: "Change one's own password; the old one is the proof.",
    access: 'public',
    params: Params,
    body: ChangePassword,
    status: 204,
    handle: ({ params, body }) =>
      users.changePassword(params.id, body.user.original_password, body.user.password),
  }),
  route({
    method: 'GET',
    url: '/v3/users/:id/groups',
    name: 'list-user-groups',
    summary: 'List the groups of a user.',
    access: 'authenticated',
    params: Params,
    status: 200,
    async handle({ ctx, params, base }) {
      const groups = await users.groups(ctx, params.id);
      return {
        groups: groups.map((group) => groupView(group, base)),
        ...listLinks(`${base}/v3/users/${params.id}/groups`),
      };
    },
  }),
];

const userFilter = (query: Static<typeof ListUsers>) =>
  defined({
    domainId: query.domain_id,
    name: query.name,
    enabled: query.enabled,
    passwordExpiry: parseExpiryFilter(query.password_expires_at),
  });

export const groupRoutes = (groups: GroupService): Route[] => [
  ...resourceRoutes({
    singular: 'group',
    plural: 'groups',
    schema: { list: ListGroups, create: CreateGroup, update: UpdateGroup },
    list: (ctx, query) => groups.list(ctx, defined({ domainId: query.domain_id, name: query.name }), query),
    get: (ctx, id) => groups.get(ctx, id),
    create: (ctx, body) => groups.create(ctx, body),
    update: (ctx, id, body) => groups.update(ctx, id, body),
    delete: (ctx, id) => groups.delete(ctx, id),
    view: groupView,
  }),
  route({
    method: 'GET',
    url: '/v3/groups/:id/users',
    name: 'list-group-users',
    summary: 'List the users of a group.',
    access: { rule: 'identity:list_users_in_group' },
    params: Params,
    status: 200,
    async handle({ ctx, params, base }) {
      const members = await groups.members(ctx, params.id);
      return {
        users: members.map((user) => userView(user, base)),
        ...listLinks(`${base}/v3/groups/${params.id}/users`),
      };
    },
  }),
  ...memberRoutes(groups),
];

const memberRoutes = (groups: GroupService): Route[] =>
  (
    [
      ['PUT', 'add_user_to_group', 'addMember', 'Put a user into a group.'],
      ['HEAD', 'check_user_in_group', 'checkMember', 'Whether a user is in a group.'],
      ['GET', 'check_user_in_group', 'checkMember', 'Whether a user is in a group.'],
      ['DELETE', 'remove_user_from_group', 'removeMember', 'Take a user out of a group.'],
    ] as const
  ).map(([method, rule, verb, summary]) =>
    route({
      method,
      url: '/v3/groups/:id/users/:user_id',
      name: `${method.toLowerCase()}-group-user`,
      summary,
      access: { rule: `identity:${rule}` },
      params: MemberParams,
      status: 204,
      handle: ({ ctx, params }) => groups[verb](ctx, params.id, params.user_id),
    }),
  );
