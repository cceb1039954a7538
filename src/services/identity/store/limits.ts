import type { Db } from '#kernel/db/database.ts';
import { Table, type Where } from '#kernel/db/table.ts';
import type { Limit, LimitedResource, RegisteredLimit } from '../model/limit.ts';
import type { IdentityTables } from '../tables.ts';

type Executor = Db<IdentityTables>;

const registered = new Table<RegisteredLimit>('identity_registered_limit');
const limits = new Table<Limit>('identity_limit');

/** All SQL on registered limits. */
export const registeredLimitStore = {
  find: (db: Executor, id: string) => registered.find(db, { id }),
  list: (db: Executor, where: Where<RegisteredLimit>) => registered.list(db, where, ['id']),
  insert: (db: Executor, made: readonly RegisteredLimit[]) => registered.insert(db, made),
  update: (db: Executor, limit: RegisteredLimit) => registered.update(db, { id: limit.id }, limit),
  delete: (db: Executor, id: string) => registered.delete(db, { id }),
};

/** All SQL on limits. */
export const limitStore = {
  find: (db: Executor, id: string) => limits.find(db, { id }),
  list: (db: Executor, where: Where<Limit>) => limits.list(db, where, ['id']),
  insert: (db: Executor, made: readonly Limit[]) => limits.insert(db, made),
  update: (db: Executor, limit: Limit) => limits.update(db, { id: limit.id }, limit),
  delete: (db: Executor, id: string) => limits.delete(db, { id }),
  deleteOfProjects: (db: Executor, projectId: readonly string[]) => limits.delete(db, { projectId }),
  deleteOfDomain: (db: Executor, domainId: string) => limits.delete(db, { domainId }),
  async deleteOfService(db: Executor, serviceId: string): Promise<void> {
    await limits.delete(db, { serviceId });
    await registered.delete(db, { serviceId });
  },
  async overrides(db: Executor, { serviceId, regionId, resourceName }: LimitedResource): Promise<boolean> {
    return (await limits.find(db, { serviceId, regionId, resourceName })) !== undefined;
  },
};
