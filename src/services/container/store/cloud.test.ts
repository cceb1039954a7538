import { expect, it } from 'vitest';
import { forEachDatabase } from '#test/support/databases.ts';
import { containerMigrations } from '../migrations/all.ts';
import type { ContainerTables } from '../tables.ts';
import { networkStore } from './networks.ts';
import { quotaClassStore } from './quota-classes.ts';
import { quotaStore } from './quotas.ts';

const schema = { name: 'container', migrations: containerMigrations };
const DEFAULTS = { containers: 40, memory: 51_200, cpu: 20, disk: 100 };

forEachDatabase('the stores of the cloud around containers', (open) => {
  it('keep classes of limits, under what identity and the project say', async () => {
    const db = (await open(schema)).handle<ContainerTables>();
    expect(await quotaClassStore.find(db, 'default')).toEqual({});
    await quotaClassStore.set(db, 'default', { cpu: 1, disk: 2, memory: 3 });
    await quotaClassStore.set(db, 'default', { cpu: 4 });
    await quotaClassStore.set(db, 'gold', { cpu: 99 });
    await quotaStore.set(db, 'p1', { memory: 7 });
    expect(await quotaStore.defaults(db)).toEqual({ ...DEFAULTS, cpu: 4, disk: 2, memory: 3 });
    const limits = await quotaStore.limits(db, 'p1', { disk: 5, memory: 6, colour: 1 });
    expect(limits).toEqual({ ...DEFAULTS, cpu: 4, disk: 5, memory: 7 });
  });

  it('keep each network once', async () => {
    const db = (await open(schema)).handle<ContainerTables>();
    const row = { id: '1', project_id: 'p', user_id: 'u', name: 'n', network_id: 'net', created_at: '2030' };
    expect(await networkStore.insert(db, row)).toBe(true);
    expect(await networkStore.insert(db, { ...row, id: '2' })).toBe(false);
    expect(await networkStore.delete(db, 'net')).toBe(true);
    expect(await networkStore.delete(db, 'net')).toBe(false);
  });
});
