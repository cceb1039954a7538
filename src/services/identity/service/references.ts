import type { Db } from '#kernel/db/database.ts';
import type { Project } from '../model/project.ts';
import type { User } from '../model/user.ts';
import type { DomainReference, ProjectReference, UserReference } from '../schema/auth.ts';
import { projectStore } from '../store/projects.ts';
import { userStore } from '../store/users.ts';
import type { IdentityTables } from '../tables.ts';

type Executor = Db<IdentityTables>;

/** Those whom a login names, by id or by a name in a domain. */

export async function findUser(db: Executor, reference: UserReference): Promise<User | undefined> {
  if (reference.id !== undefined) return userStore.find(db, reference.id);
  const domain = reference.domain && (await findDomain(db, reference.domain));
  return domain?.enabled ? userStore.findByName(db, reference.name ?? '', domain.id) : undefined;
}

export async function findDomain(db: Executor, { id, name }: DomainReference): Promise<Project | undefined> {
  const domain =
    id === undefined ? await projectStore.findByName(db, name ?? '', '') : await projectStore.find(db, id);
  return domain?.isDomain ? domain : undefined;
}

export async function findProject(db: Executor, reference: ProjectReference): Promise<Project | undefined> {
  if (reference.id !== undefined) return projectStore.find(db, reference.id);
  const domain = reference.domain && (await findDomain(db, reference.domain));
  return domain && projectStore.findByName(db, reference.name ?? '', domain.id);
}
