import type { Db } from '#kernel/db/database.ts';
import { Table, type Where } from '#kernel/db/table.ts';
import type { OwnedAccessRule } from '../model/credential.ts';
import type { IdentityTables } from '../tables.ts';

type Executor = Db<IdentityTables>;

const rules = new Table<OwnedAccessRule>('identity_access_rule');

/** All SQL on access rules. */
export const accessRuleStore = {
  find: (db: Executor, where: Where<OwnedAccessRule>) => rules.find(db, where),
  list: (db: Executor, where: Where<OwnedAccessRule>) => rules.list(db, where, ['id']),
  ensure: (db: Executor, rule: OwnedAccessRule) => rules.ensure(db, rule),
  delete: (db: Executor, id: string) => rules.delete(db, { id }),
  deleteOfUser: (db: Executor, userId: string) => rules.delete(db, { userId }),
};
