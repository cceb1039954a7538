import type { Db } from '#kernel/db/database.ts';
import { Table, type Where } from '#kernel/db/table.ts';
import type { DomainOption } from '../model/domain-config.ts';
import type { IdentityTables } from '../tables.ts';

type Executor = Db<IdentityTables>;

const options = new Table<DomainOption>('identity_domain_option', { json: ['value'], flags: ['sealed'] });

/** All SQL on the configuration of domains. */
export const domainOptionStore = {
  list: (db: Executor, where: Where<DomainOption>) => options.list(db, where, ['group', 'name']),
  async set(db: Executor, option: DomainOption): Promise<void> {
    const { domainId, group, name } = option;
    await options.delete(db, { domainId, group, name });
    await options.insert(db, [option]);
  },
  delete: (db: Executor, where: Partial<Pick<DomainOption, 'domainId' | 'group' | 'name'>>) =>
    options.delete(db, where),
};
