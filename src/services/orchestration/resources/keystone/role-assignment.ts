import { textOf } from '../../template/json.ts';
import { Things } from '../rest/collection.ts';
import { ref } from '../rest/fields.ts';
import type { ResourceRun, ResourceType } from '../resource-type.ts';
import { GROUPS, USERS } from './collections.ts';
import { bringGrants, ROLE_LIST, takeGrants } from './grants.ts';

const assignment = (name: string, what: 'user' | 'group'): ResourceType => ({
  name,
  description: `Gives a ${what} roles in projects and domains.`,
  properties: {
    [what]: ref(what === 'user' ? USERS : GROUPS, `The ${what}.`, { required: true, updateAllowed: true }),
    roles: ROLE_LIST,
  },
  attributes: {},
  async create(run: ResourceRun) {
    await bringGrants(run, await holderOf(run, what));
    return run.resource.physicalId ?? run.resource.physicalName;
  },
  async update(run: ResourceRun) {
    await bringGrants(run, await holderOf(run, what));
  },
  remove: takeGrants,
  async check(run: ResourceRun) {
    const holder = textOf(run.resource.data['holder'] ?? '');
    await new Things(run.cloud, what === 'user' ? USERS : GROUPS).get(holder.split('/')[1] ?? '');
  },
});

async function holderOf({ properties, cloud }: ResourceRun, what: 'user' | 'group'): Promise<string> {
  const holders = new Things(cloud, what === 'user' ? USERS : GROUPS);
  return `${what}s/${await holders.idOf(textOf(properties[what]))}`;
}

export const userRoleAssignment = assignment('OS::Keystone::UserRoleAssignment', 'user');
export const groupRoleAssignment = assignment('OS::Keystone::GroupRoleAssignment', 'group');
