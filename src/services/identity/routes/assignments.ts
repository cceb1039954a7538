import type { Static } from 'typebox';
import { route, type Route } from '#kernel/http/route.ts';
import { defined } from '../schema/common.ts';
import { ListAssignments } from '../schema/role.ts';
import { systemTarget, type AssignmentQuery, type AssignmentService } from '../service/assignments.ts';
import { assignmentView } from '../view/assignment.ts';
import { listLinks } from './resource.ts';

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
      const found = await assignments.list(ctx, toQuery(query));
      const names = isSet(query.include_names) ? await assignments.names() : null;
      return {
        role_assignments: found.map((one) => assignmentView(one, names, base)),
        ...listLinks(`${base}/v3/role_assignments`),
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
  return {
    ...(user === undefined ? {} : { actorKind: 'user', actorId: user }),
    ...(group === undefined ? {} : { actorKind: 'group', actorId: group }),
    ...(project === undefined ? {} : { targetKind: 'project', targetId: project }),
    ...(domain === undefined ? {} : { targetKind: 'domain', targetId: domain }),
    ...(query['scope.system'] === undefined ? {} : systemTarget),
    ...(query['scope.OS-INHERIT:inherited_to'] === undefined ? {} : { inherited: true }),
    ...defined({ roleId: query['role.id'] }),
    effective: isSet(query.effective),
  };
}
