import { expect, it } from 'vitest';
import { newUuid } from '#kernel/ids.ts';
import { forEachDatabase } from '#test/support/databases.ts';
import { createSecrets } from '../migrations/0001-secrets.ts';
import { OPEN_TO_PROJECT } from '../model/access.ts';
import type { Container } from '../model/container.ts';
import { DEFAULT_QUOTA } from '../model/quota.ts';
import type { Secret } from '../model/secret.ts';
import { sweepExpired } from '../reconcile.ts';
import type { SecretTables } from '../tables.ts';
import { consumerStore } from './consumers.ts';
import { containerStore } from './containers.ts';
import { aclStore } from './guarded.ts';
import { metadataStore } from './metadata.ts';
import { quotaStore } from './quotas.ts';
import { secretStore } from './secrets.ts';

const SCHEMA = { name: 'secret', migrations: [createSecrets] };
const NOW = '2030-01-01T00:00:00.000Z';
const guarded = () => ({
  id: newUuid(),
  projectId: 'p1',
  creatorId: 'alice',
  acl: OPEN_TO_PROJECT,
  createdAt: NOW,
  updatedAt: NOW,
});
const aSecret = (fields: Partial<Secret> = {}): Secret => ({
  ...guarded(),
  name: null,
  type: 'opaque',
  algorithm: null,
  bitLength: null,
  mode: null,
  expiration: null,
  contentType: null,
  ...fields,
});
const sort = [
  { column: 'name', direction: 'desc' },
  { column: 'id', direction: 'asc' },
] as const;
const viewer = { projectId: 'p1', userId: 'alice', all: false };
const EVERYTHING = { viewer, aclOnly: false, equal: {}, times: [] };

forEachDatabase('the stores of secrets', (openDatabase) => {
  const open = async () => {
    const database = await openDatabase(SCHEMA);
    return { database, db: database.handle<SecretTables>() };
  };

  it('keep a secret once, and give it a payload once', async () => {
    const { db } = await open();
    const secret = aSecret();
    expect(await secretStore.insert(db, secret, null)).toBe(true);
    expect(await secretStore.insert(db, { ...secret, name: 'other' }, 'x')).toBe(false);
    expect(await secretStore.find(db, secret.id, NOW)).toEqual(secret);
    expect(await secretStore.fill(db, { ...secret, contentType: 'text/plain' }, 'sealed')).toBe(true);
    expect(await secretStore.fill(db, secret, 'again')).toBe(false);
    expect(await secretStore.sealed(db, secret.id)).toBe('sealed');
  });

  it('list pages in order, nulls first, without what has expired or is not for the viewer', async () => {
    const { db } = await open();
    const acl = { ...OPEN_TO_PROJECT, projectAccess: false };
    const shared = aSecret({ name: 'd', creatorId: 'bob', acl });
    const others = [
      aSecret({ name: 'a' }),
      aSecret(),
      aSecret({ name: 'c', expiration: NOW }),
      aSecret({ name: 'e', projectId: 'p2' }),
      aSecret({ name: 'f', creatorId: 'bob', acl }),
    ];
    for (const secret of [shared, ...others]) await secretStore.insert(db, secret, null);
    await aclStore.setUsers(db, shared.id, ['alice']);
    const page = { limit: 2, offset: 0, sort, now: NOW };
    const first = await secretStore.list(db, EVERYTHING, page);
    expect([first.total, first.items.map(({ name }) => name)]).toEqual([3, ['d', 'a']]);
    const second = await secretStore.list(db, EVERYTHING, { ...page, offset: 2 });
    expect(second.items.map(({ name }) => name)).toEqual([null]);
    const all = await secretStore.list(db, { ...EVERYTHING, viewer: { ...viewer, all: true } }, page);
    expect(all.total).toBe(4);
    const named = await secretStore.list(db, { ...EVERYTHING, aclOnly: true }, page);
    expect(named.items.map(({ id }) => id)).toEqual([shared.id]);
  });

  it('delete a secret with all that hangs on it', async () => {
    const { db } = await open();
    const secret = aSecret();
    const container: Container = {
      ...guarded(),
      name: null,
      type: 'generic',
      members: [{ name: 'x', secretId: secret.id }],
    };
    await secretStore.insert(db, secret, null);
    await containerStore.insert(db, container);
    await metadataStore.replace(db, secret.id, { a: '1' });
    await aclStore.setUsers(db, secret.id, ['bob']);
    await consumerStore.add(
      db,
      { object_id: secret.id, project_id: 'p1', created_at: NOW },
      { service: 'x' },
    );
    await secretStore.delete(db, [secret.id]);
    expect(await metadataStore.get(db, secret.id)).toEqual({});
    expect(await aclStore.users(db, secret.id)).toEqual([]);
    expect((await consumerStore.ofAll(db, [secret.id])).size).toBe(0);
    expect((await containerStore.find(db, container.id))?.members).toEqual([]);
  });

  it('keep nothing that has expired for long', async () => {
    const { database, db } = await open();
    const kept = aSecret({ expiration: '2030-01-01T00:00:00.001Z' });
    const gone = aSecret({ expiration: NOW });
    for (const secret of [kept, gone]) await secretStore.insert(db, secret, 'sealed');
    const clock = { now: () => new Date(NOW), sleep: async () => {} };
    await sweepExpired({ database, clock }).run(new AbortController().signal);
    const left = await db.selectFrom('secret').select('id').execute();
    expect(left.map(({ id }) => id)).toEqual([kept.id]);
  });

  it('count against a limit only what the project has', async () => {
    const { db } = await open();
    await secretStore.insert(db, aSecret(), null);
    await secretStore.insert(db, aSecret({ projectId: 'p2' }), null);
    await quotaStore.assertRoom(db, 'p1', 'secrets', 1_000);
    await quotaStore.set(db, 'p1', { ...DEFAULT_QUOTA, secrets: 9 });
    await quotaStore.set(db, 'p1', { ...DEFAULT_QUOTA, secrets: 2 });
    await quotaStore.assertRoom(db, 'p1', 'secrets', 1);
    await expect(quotaStore.assertRoom(db, 'p1', 'secrets', 2)).rejects.toMatchObject({ kind: 'quota' });
    expect((await quotaStore.list(db, { limit: 10, offset: 0 })).items[0]?.quota.secrets).toBe(2);
    expect([await quotaStore.remove(db, 'p1'), await quotaStore.remove(db, 'p1')]).toEqual([true, false]);
  });
});
