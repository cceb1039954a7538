import { Things } from '../rest/collection.ts';
import { flag, list, listOf, LIVE, ref, text } from '../rest/fields.ts';
import { restType } from '../rest/rest-type.ts';
import type { ResourceRun } from '../resource-type.ts';
import { DOMAINS, GROUPS, PROJECTS, ROLES, USERS } from './collections.ts';
import { bringGrants, ROLE_LIST } from './grants.ts';

export const DOMAIN = ref(DOMAINS, 'The domain.', { default: 'default', wire: 'domain_id' });
export const NAME = text('Its name.', LIVE);
export const DESCRIPTION = text('Any text.', { ...LIVE, default: '' });
export const ENABLED = flag('Whether it can be used.', { ...LIVE, default: true });

export const project = restType({
  name: 'OS::Keystone::Project',
  description: 'A project: whose things are kept apart from those of others.',
  collection: PROJECTS,
  fields: {
    name: NAME,
    domain: DOMAIN,
    description: DESCRIPTION,
    enabled: ENABLED,
    parent: ref(PROJECTS, 'The project that it is below.', { wire: 'parent_id' }),
    tags: list('Words to find it by.', { ...LIVE, reset: [], items: text('A word.') }),
  },
  attributes: {
    name: 'Project name.',
    parent_id: 'Parent project id.',
    domain_id: 'Domain id for project.',
    enabled: 'Flag of enable project.',
    is_domain: 'Indicates whether the project also acts as a domain.',
  },
});

export const user = restType({
  name: 'OS::Keystone::User',
  description: 'Somebody who can sign in.',
  collection: USERS,
  fields: {
    name: NAME,
    default_project: ref(PROJECTS, 'The project of whoever says none.', {
      ...LIVE,
      wire: 'default_project_id',
    }),
    email: text('Where mail reaches them.', LIVE),
    domain: DOMAIN,
    password: text('What they sign in with.', { ...LIVE, hidden: true }),
    enabled: ENABLED,
    description: DESCRIPTION,
    groups: listOf(ref(GROUPS, 'A group.'), 'The groups that they are in.', { ...LIVE, wire: null }),
    roles: ROLE_LIST,
  },
  attributes: {
    name: 'User name.',
    default_project_id: 'Default project id for user.',
    domain_id: 'Domain id for user.',
    enabled: 'Flag of enable user.',
    password_expires_at: 'When the password ends.',
  },
  async complete(run, id, changed) {
    if (changed?.has('groups') ?? true) await bringGroups(run, id);
    if (changed?.has('roles') ?? true) await bringGrants(run, `users/${id}`);
  },
});

/** Keeps to which groups they were brought, so that others' memberships stay. */
async function bringGroups(run: ResourceRun, id: string): Promise<void> {
  const { properties, resource, cloud } = run;
  const named = (properties['groups'] ?? []) as readonly string[];
  const groups = new Things(cloud, GROUPS);
  const wanted = await Promise.all(named.map((name) => groups.idOf(name)));
  const before = (resource.data['groups'] ?? []) as readonly string[];
  const left = before.filter((group) => !wanted.includes(group));
  await Promise.all([
    ...left.map((group) => groups.remove(`${group}/users/${id}`)),
    ...wanted.map((group) => groups.call({ method: 'PUT', path: `/${group}/users/${id}` })),
  ]);
  if (wanted.length + before.length > 0) await run.keep({ groups: wanted });
}

export const group = restType({
  name: 'OS::Keystone::Group',
  description: 'Users who have roles together.',
  collection: GROUPS,
  fields: { name: NAME, domain: DOMAIN, description: DESCRIPTION, roles: ROLE_LIST },
  attributes: { name: 'Group name.', domain_id: 'Domain id for group.' },
  async complete(run, id, changed) {
    if (changed?.has('roles') ?? true) await bringGrants(run, `groups/${id}`);
  },
});

export const role = restType({
  name: 'OS::Keystone::Role',
  description: 'What users may be in projects and domains.',
  collection: ROLES,
  fields: { name: NAME, domain: { ...ref(DOMAINS, 'The domain.'), wire: 'domain_id' } },
  attributes: { name: 'Role name.' },
});

export const domain = restType({
  name: 'OS::Keystone::Domain',
  description: 'Whose projects, users and groups are managed together.',
  collection: DOMAINS,
  fields: { name: NAME, description: text('Any text.', LIVE), enabled: ENABLED },
  attributes: { name: 'Domain name.', description: 'Any text.', enabled: 'Flag of enable domain.' },
  /** Keystone deletes no domain that can be used. */
  beforeRemoval: async ({ cloud }, id) => {
    await new Things(cloud, DOMAINS).change(id, { enabled: false });
  },
});
