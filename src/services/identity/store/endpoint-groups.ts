import type { Db } from '#kernel/db/database.ts';
import { Table, type Where } from '#kernel/db/table.ts';
import type { EndpointGroup, ProjectEndpoint, ProjectEndpointGroup } from '../model/endpoint-group.ts';
import type { IdentityTables } from '../tables.ts';

type Executor = Db<IdentityTables>;

const groups = new Table<EndpointGroup>('identity_endpoint_group', { json: ['filters'] });
const endpointLinks = new Table<ProjectEndpoint>('identity_project_endpoint');
const groupLinks = new Table<ProjectEndpointGroup>('identity_project_endpoint_group');

/** All SQL on endpoint groups. */
export const endpointGroupStore = {
  find: (db: Executor, id: string) => groups.find(db, { id }),
  list: (db: Executor, where: Where<EndpointGroup>) => groups.list(db, where, ['id']),
  insert: (db: Executor, group: EndpointGroup) => groups.insert(db, [group]),
  update: (db: Executor, group: EndpointGroup) => groups.update(db, { id: group.id }, group),
  async delete(db: Executor, id: string): Promise<void> {
    await groupLinks.delete(db, { endpointGroupId: id });
    await groups.delete(db, { id });
  },
};

/** All SQL on which endpoints and groups are linked to which projects. */
export const endpointLinkStore = {
  endpoints: (db: Executor, where: Where<ProjectEndpoint>) =>
    endpointLinks.list(db, where, ['projectId', 'endpointId']),
  groups: (db: Executor, where: Where<ProjectEndpointGroup>) =>
    groupLinks.list(db, where, ['projectId', 'endpointGroupId']),
  addEndpoint: (db: Executor, link: ProjectEndpoint) => endpointLinks.ensure(db, link),
  addGroup: (db: Executor, link: ProjectEndpointGroup) => groupLinks.ensure(db, link),
  removeEndpoint: (db: Executor, link: Partial<ProjectEndpoint>) => endpointLinks.delete(db, link),
  removeGroup: (db: Executor, link: ProjectEndpointGroup) => groupLinks.delete(db, link),
  async deleteOfProjects(db: Executor, projectId: readonly string[]): Promise<void> {
    await endpointLinks.delete(db, { projectId });
    await groupLinks.delete(db, { projectId });
  },
};
