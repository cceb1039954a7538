import type { Static } from 'typebox';
import { badRequest } from '#kernel/errors.ts';
import { route, type Route } from '#kernel/http/route.ts';
import { defined } from '../schema/common.ts';
import { ListAssignments } from '../schema/role.ts';
import { systemTarget, type AssignmentQuery, type AssignmentService } from '../service/assignments.ts';
import { assignmentView } from '../view/assignment.ts';
import { pageLinks } from './resource.ts';

export const assignmentRoutes = (assignments: AssignmentService): Route[] => [
  route({
    method: 'GET',
    url: '/v3/role_assignments',
    name: 'list-role-assignments',
    summary: 'List who has which role where.',
    access: { rule: 'identity:list_role_assignments' },
    query: ListAssignments,
    status: 200,
    async handle({ ctx, query, base }) {
      const { items, next } = await assignments.list(ctx, toQuery(query), query);
      const names = isSet(query.include_names) ? await assignments.names(items) : null;
      return {
        role_assignments: items.map((one) => assignmentView(one, names, base)),
        ...pageLinks(`${base}/v3/role_assignments`, query, next),
      };
    },
  }),
];

/** A flag is set by being there, unless it says `0` or `false`. */
const isSet = (flag: string | undefined): boolean => flag !== undefined && !/^(0|false)$/i.test(flag);

function toQuery(query: Static<typeof ListAssignments>): AssignmentQuery {
  const user = query['user.id'];
  const group = query['group.id'];
  const project = query['scope.project.id'];
  const domain = query['scope.domain.id'];
  if (user !== undefined && group !== undefined) throw badRequest('Specify a user or group, not both.');
  if (project !== undefined && domain !== undefined)
    throw badRequest('Specify a domain or project, not both.');
  return {
    ...(user === undefined ? {} : { actorKind: 'user', actorId: user }),
    ...(group === undefined ? {} : { actorKind: 'group', actorId: group }),
    ...(project === undefined ? {} : { targetKind: 'project', targetId: project }),
    ...(domain === undefined ? {} : { targetKind: 'domain', targetId: domain }),
    ...(query['scope.system'] === undefined ? {} : systemTarget),
    ...(query['scope.OS-INHERIT:inherited_to'] === undefined ? {} : { inherited: true }),
    ...defined({ roleId: query['role.id'] }),
    effective: isSet(query.effective),
    subtree: isSet(query.include_subtree),
  };
}
