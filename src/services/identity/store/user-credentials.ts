import type { Db } from '#kernel/db/database.ts';
import { Table } from '#kernel/db/table.ts';
import type { UserCredential } from '../model/user-credential.ts';
import type { IdentityTables } from '../tables.ts';

type Executor = Db<IdentityTables>;

const credentials = new Table<UserCredential>('identity_credential');

/** All SQL on credentials that identity keeps for users. */
export const userCredentialStore = {
  find: (db: Executor, id: string) => credentials.find(db, { id }),
  findByKey: (db: Executor, keyHash: string) => credentials.find(db, { keyHash }),
  list: (db: Executor, filter: { userId?: string; type?: string }) => credentials.list(db, filter, ['id']),
  insert: (db: Executor, credential: UserCredential) => credentials.insert(db, [credential]),
  update: (db: Executor, credential: UserCredential) =>
    credentials.update(db, { id: credential.id }, credential),
  delete: (db: Executor, id: string) => credentials.delete(db, { id }),
  deleteOfUser: (db: Executor, userId: string) => credentials.delete(db, { userId }),
  deleteOfProjects: (db: Executor, projectId: readonly string[]) => credentials.delete(db, { projectId }),
};
