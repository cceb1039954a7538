import type { Db } from '#kernel/db/database.ts';
import { Table, type Where } from '#kernel/db/table.ts';
import type { OauthConsumer, OauthToken } from '../model/oauth.ts';
import type { IdentityTables } from '../tables.ts';

type Executor = Db<IdentityTables>;

const consumers = new Table<OauthConsumer>('identity_oauth_consumer');
const tokens = new Table<OauthToken>('identity_oauth_token', { json: ['roleIds'] });

/** All SQL on OAuth consumers. */
export const consumerStore = {
  find: (db: Executor, id: string) => consumers.find(db, { id }),
  list: (db: Executor) => consumers.list(db, {}, ['id']),
  insert: (db: Executor, consumer: OauthConsumer) => consumers.insert(db, [consumer]),
  setDescription: (db: Executor, id: string, description: string) =>
    consumers.update(db, { id }, { description }),
  /** With all that its users gave it. */
  async delete(db: Executor, id: string): Promise<void> {
    await tokens.delete(db, { consumerId: id });
    await consumers.delete(db, { id });
  },
};

/** All SQL on the tokens of OAuth. */
export const oauthTokenStore = {
  find: (db: Executor, id: string) => tokens.find(db, { id }),
  accessOfUser: (db: Executor, userId: string) => tokens.list(db, { userId, kind: 'access' }, ['id']),
  insert: (db: Executor, token: OauthToken) => tokens.insert(db, [token]),
  /** @returns how many: 0 when it was taken meanwhile. */
  delete: (db: Executor, where: Where<OauthToken>) => tokens.delete(db, where),
  /** Once: a request that was authorised cannot be so again. */
  authorize: (db: Executor, id: string, by: Pick<OauthToken, 'userId' | 'roleIds' | 'verifier'>) =>
    tokens.update(db, { id, kind: 'request', userId: null }, by),
};
