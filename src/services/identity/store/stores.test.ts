import { expect, it } from 'vitest';
import { forEachDatabase } from '#test/support/databases.ts';
import { createIdentity } from '../migrations/0001-identity.ts';
import { addExtra } from '../migrations/0002-extra.ts';
import { createDelegation } from '../migrations/0003-delegation.ts';
import { createLimits } from '../migrations/0004-limits.ts';
import { createCatalogFilters } from '../migrations/0005-catalog-filters.ts';
import type { Project } from '../model/project.ts';
import type { Assignment } from '../model/role.ts';
import type { Trust } from '../model/trust.ts';
import type { IdentityTables } from '../tables.ts';
import { projectStore } from './projects.ts';
import { assignmentStore } from './roles.ts';
import { trustStore } from './trusts.ts';

const SCHEMA = {
  name: 'identity',
  migrations: [createIdentity, addExtra, createDelegation, createLimits, createCatalogFilters],
};

const trust = (id: string, fields: Partial<Trust> = {}): Trust => ({
  id,
  trustorUserId: 'giver',
  trusteeUserId: 'taker',
  projectId: 'p',
  roleIds: ['r'],
  impersonation: true,
  expiresAt: null,
  remainingUses: null,
  redelegationCount: 0,
  redelegatedTrustId: null,
  ...fields,
});
const project = (id: string, fields: Partial<Project> = {}): Project => ({
  id,
  name: id,
  domainId: 'd',
  parentId: 'd',
  isDomain: false,
  enabled: true,
  description: '',
  tags: [],
  options: {},
  extra: {},
  ...fields,
});

forEachDatabase('the stores of identity', (openDatabase) => {
  const open = async () => (await openDatabase(SCHEMA)).handle<IdentityTables>();

  it('spend a trust as often as it allows, and one without a count never', async () => {
    const db = await open();
    await trustStore.insert(db, trust('a', { remainingUses: 1 }));
    await trustStore.insert(db, trust('b'));
    expect([await trustStore.spend(db, 'a'), await trustStore.spend(db, 'a')]).toEqual([true, false]);
    expect(await trustStore.spend(db, 'b')).toBe(false);
    expect((await trustStore.find(db, 'a'))?.remainingUses).toBe(0);
  });

  it('list assignments from one on, or after it, in one order', async () => {
    const db = await open();
    const given = (actorId: string, targetId: string, inherited = false): Assignment => ({
      actorKind: 'user',
      actorId,
      targetKind: 'project',
      targetId,
      roleId: 'r',
      inherited,
    });
    const all = [given('a', 'p'), given('a', 'p', true), given('a', 'q'), given('b', 'p')];
    for (const one of all.toReversed()) await assignmentStore.insert(db, one);
    expect(await assignmentStore.list(db, {})).toEqual(all);
    expect(await assignmentStore.list(db, {}, { after: all[0], limit: 2 })).toEqual(all.slice(1, 3));
    expect(await assignmentStore.list(db, {}, { from: all[1], limit: 2 })).toEqual(all.slice(1, 3));
    expect(await assignmentStore.list(db, { targetId: ['p'] }, { after: given('a', 'pp') })).toEqual([
      all[3],
    ]);
  });

  it('delete a trust with all that was passed on from it', async () => {
    const db = await open();
    await trustStore.insert(db, trust('a'));
    await trustStore.insert(db, trust('b', { redelegatedTrustId: 'a' }));
    await trustStore.insert(db, trust('c', { redelegatedTrustId: 'b' }));
    await trustStore.insert(db, trust('other'));
    await trustStore.delete(db, ['a']);
    expect((await trustStore.list(db, {})).map(({ id }) => id)).toEqual(['other']);
  });

  it('find projects by their tags, in pages', async () => {
    const db = await open();
    await projectStore.insert(db, project('a', { tags: ['red', 'blue'] }));
    await projectStore.insert(db, project('b', { tags: ['red'] }));
    await projectStore.insert(db, project('c', { tags: ['reddish'] }));
    const none = { all: [], any: [], notAll: [], notAny: [] };
    const ids = async (tags: object, page?: Parameters<typeof projectStore.list>[2]) =>
      (await projectStore.list(db, { isDomain: false, tags: { ...none, ...tags } }, page)).map(
        ({ id }) => id,
      );
    expect(await ids({ all: ['red'] })).toEqual(['a', 'b']);
    expect(await ids({ all: ['red', 'blue'] })).toEqual(['a']);
    expect(await ids({ any: ['blue', 'reddish'] })).toEqual(['a', 'c']);
    expect(await ids({ notAll: ['red', 'blue'] })).toEqual(['b', 'c']);
    expect(await ids({ notAny: ['red'] })).toEqual(['c']);
    expect(await ids({}, { limit: 1, after: { name: 'a', id: 'a' } })).toEqual(['b']);
  });

  it('know who is above and below a project, and leave nothing of a domain', async () => {
    const db = await open();
    await projectStore.insert(db, project('d', { isDomain: true, domainId: '', parentId: '' }));
    await projectStore.insert(db, project('p'));
    await projectStore.insert(db, project('q', { parentId: 'p' }));
    await trustStore.insert(db, trust('a', { projectId: 'q' }));
    const leaf = await projectStore.find(db, 'q');
    const above = leaf ? await projectStore.ancestors(db, leaf) : [];
    expect(above.map(({ id }) => id)).toEqual(['p', 'd']);
    expect((await projectStore.descendants(db, ['d'])).map(({ id }) => id)).toEqual(['p', 'q']);
    await projectStore.delete(db, project('d', { isDomain: true, domainId: '', parentId: '' }));
    expect(await trustStore.list(db, {})).toEqual([]);
    expect(await projectStore.find(db, 'q')).toBeUndefined();
  });
});
