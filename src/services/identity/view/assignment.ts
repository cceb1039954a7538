import type { ListedAssignment, Names } from '../service/assignments.ts';

interface Reference {
  id: string;
  name?: string;
  domain?: { id: string; name?: string };
}

/** A role assignment as Keystone v3 shows it; with names when `names` are given. */
export function assignmentView(assignment: ListedAssignment, names: Names | null, base: string) {
  const { actorKind, actorId, targetKind, targetId, roleId, inherited, viaGroup } = assignment;
  const place = targetKind === 'system' ? 'system' : `${targetKind}s/${targetId}`;
  const actor = viaGroup === undefined ? `${actorKind}s/${actorId}` : `groups/${viaGroup}`;
  return {
    role: reference(roleId, names?.roles.get(roleId), null),
    [actorKind]: reference(
      actorId,
      (actorKind === 'user' ? names?.users : names?.groups)?.get(actorId),
      names,
    ),
    scope: {
      ...(targetKind === 'system'
        ? { system: { all: true } }
        : { [targetKind]: target(targetKind, targetId, names) }),
      ...(inherited ? { 'OS-INHERIT:inherited_to': 'projects' } : {}),
    },
    links: {
      assignment: `${base}/v3/${place}/${actor}/roles/${roleId}`,
      ...(viaGroup === undefined ? {} : { membership: `${base}/v3/groups/${viaGroup}/users/${actorId}` }),
    },
  };
}

const target = (kind: string, id: string, names: Names | null): Reference =>
  reference(id, names?.projects.get(id), kind === 'project' ? names : null);

function reference(
  id: string,
  named: { name: string; domainId?: string | null } | undefined,
  names: Names | null,
): Reference {
  if (!named) return { id };
  const domain = named.domainId ? names?.projects.get(named.domainId) : undefined;
  return { id, name: named.name, ...(domain ? { domain: { id: domain.id, name: domain.name } } : {}) };
}
