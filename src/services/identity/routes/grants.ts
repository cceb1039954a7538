import { Type } from 'typebox';
import { route, type Call, type Route } from '#kernel/http/route.ts';
import { SYSTEM, type ActorKind, type Assignment, type TargetKind } from '../model/role.ts';
import type { RoleService } from '../service/roles.ts';
import { roleView } from '../view/people.ts';
import { listLinks } from './resource.ts';

/** One family of grant URLs: a kind of actor on a kind of target, direct or inherited by the projects below. */
interface Family {
  readonly actor: ActorKind;
  readonly target: TargetKind;
  readonly inherited: boolean;
}

type Params = { readonly target_id?: string; readonly actor_id: string; readonly role_id?: string };

const FAMILIES: readonly Family[] = (['user', 'group'] as const).flatMap((actor) => [
  { actor, target: 'project', inherited: false },
  { actor, target: 'domain', inherited: false },
  { actor, target: 'system', inherited: false },
  { actor, target: 'project', inherited: true },
  { actor, target: 'domain', inherited: true },
]);

/** Grants of roles: list, give, check, take. */
export const grantRoutes = (roles: RoleService): Route[] =>
  FAMILIES.flatMap((family) => familyRoutes(roles, family));

function familyRoutes(roles: RoleService, family: Family): Route[] {
  const { actor, target, inherited } = family;
  const name = `${inherited ? 'inherited-' : ''}${target}-${actor}-role`;
  const ids = { ...(target === 'system' ? {} : { target_id: Type.String() }), actor_id: Type.String() };
  const item = Type.Object({ ...ids, role_id: Type.String() });
  const { collection, member } = urls(family);
  const assignment = (params: unknown): Assignment => toAssignment(family, params as Params);
  const act = (
    method: 'PUT' | 'HEAD' | 'GET' | 'DELETE',
    rule: string,
    verb: 'grant' | 'checkGrant' | 'revoke',
  ) =>
    route({
      method,
      url: member,
      name: `${method.toLowerCase()}-${name}`,
      summary: `${verb === 'grant' ? 'Give' : verb === 'revoke' ? 'Take' : 'Check'} a role of a ${actor} on a ${target}.`,
      access: { rule: `identity:${rule}` },
      params: item,
      status: 204,
      handle: ({ ctx, params }: Call) => roles[verb](ctx, assignment(params)),
    });
  return [
    route({
      method: 'GET',
      url: collection,
      name: `list-${name}s`,
      summary: `List the roles of a ${actor} on a ${target}.`,
      access: { rule: 'identity:list_grants' },
      params: Type.Object(ids),
      status: 200,
      async handle({ ctx, params, base }) {
        const granted = await roles.granted(ctx, assignment(params));
        return { roles: granted.map((role) => roleView(role, base)), ...listLinks(base + collection) };
      },
    }),
    act('PUT', 'create_grant', 'grant'),
    act('HEAD', 'check_grant', 'checkGrant'),
    act('GET', 'check_grant', 'checkGrant'),
    act('DELETE', 'revoke_grant', 'revoke'),
  ];
}

function urls({ actor, target, inherited }: Family): { collection: string; member: string } {
  const place = target === 'system' ? 'system' : `${target}s/:target_id`;
  const root = inherited ? '/v3/OS-INHERIT' : '/v3';
  const collection = `${root}/${place}/${actor}s/:actor_id/roles`;
  const suffix = inherited ? '/inherited_to_projects' : '';
  return { collection: collection + suffix, member: `${collection}/:role_id${suffix}` };
}

const toAssignment = ({ actor, target, inherited }: Family, params: Params): Assignment => ({
  actorKind: actor,
  actorId: params.actor_id,
  targetKind: target,
  targetId: params.target_id ?? SYSTEM,
  inherited,
  // Lists have no role: the key must be absent then, not undefined.
  ...(params.role_id === undefined ? ({} as { roleId: string }) : { roleId: params.role_id }),
});
