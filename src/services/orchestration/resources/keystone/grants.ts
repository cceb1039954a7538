import { badRequest } from '#kernel/errors.ts';
import { textOf, entry, isMap, type Json } from '../../template/json.ts';
import type { ResourceRun } from '../resource-type.ts';
import { gone, Things } from '../rest/collection.ts';
import { listOf, LIVE, mapOf, ref } from '../rest/fields.ts';
import { DOMAINS, PROJECTS, ROLES } from './collections.ts';

export const ROLE_LIST = listOf(
  mapOf({
    role: ref(ROLES, 'The role.', { required: true }),
    project: ref(PROJECTS, 'The project that the role is for.'),
    domain: ref(DOMAINS, 'The domain that the role is for.'),
  }),
  'Roles, each in a project or a domain.',
  { ...LIVE, wire: null },
);

/**
 * Gives the holder (`users/<id>`) the roles of the properties, and takes those away that it was given before. Which it was given is kept:
 * roles that somebody else gave stay.
 */
export async function bringGrants(run: ResourceRun, holder: string): Promise<void> {
  const wanted = await Promise.all(rolesOf(run).map((role) => grantPath(run, holder, role)));
  const before = grantsOf(run);
  if (wanted.length + before.length === 0) return;
  await run.keep({ holder, grants: [...new Set([...before, ...wanted])] });
  await takeAway(
    run,
    before.filter((path) => !wanted.includes(path)),
  );
  for (const path of wanted) await run.cloud.call({ service: 'identity', method: 'PUT', path });
  await run.keep({ grants: wanted });
}

/** Takes away all that it was given. */
export const takeGrants = (run: ResourceRun): Promise<void> => takeAway(run, grantsOf(run));

async function takeAway({ cloud }: ResourceRun, paths: readonly string[]): Promise<void> {
  for (const path of paths) await gone(cloud.call({ service: 'identity', method: 'DELETE', path }));
}

const rolesOf = ({ properties }: ResourceRun) =>
  ((properties['roles'] ?? []) as readonly Json[]).filter(isMap);
const grantsOf = ({ resource }: ResourceRun) => (resource.data['grants'] ?? []) as readonly string[];

async function grantPath(
  { cloud }: ResourceRun,
  holder: string,
  said: { readonly [key: string]: Json },
): Promise<string> {
  const [project, domain] = [entry(said, 'project') ?? null, entry(said, 'domain') ?? null];
  if ((project === null) === (domain === null))
    throw badRequest('Either project or domain must be specified for a role.', {
      code: 'StackValidationFailed',
    });
  const role = await new Things(cloud, ROLES).idOf(textOf(said['role']));
  const within = new Things(cloud, project === null ? DOMAINS : PROJECTS);
  const id = await within.idOf(textOf(project ?? domain));
  return `/${project === null ? 'domains' : 'projects'}/${id}/${holder}/roles/${role}`;
}
