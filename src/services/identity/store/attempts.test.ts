import { expect, it } from 'vitest';
import { forEachDatabase } from '#test/support/databases.ts';
import { createIdentity } from '../migrations/0001-identity.ts';
import { addExtra } from '../migrations/0002-extra.ts';
import { addAuthentication } from '../migrations/0006-authentication.ts';
import type { IdentityTables } from '../tables.ts';
import { attemptStore } from './attempts.ts';

const SCHEMA = { name: 'identity', migrations: [createIdentity, addExtra, addAuthentication] };
const attempt = (at: string, userId = 'ada', factor = 'password') => ({ userId, factor, at });

forEachDatabase('attempts', (open) => {
  const rig = async () => (await open(SCHEMA)).handle<IdentityTables>();

  it('may be made so many times in a row, and again after a while', async () => {
    const db = await rig();
    const begin = (at: string, unlocked = '') => attemptStore.begin(db, attempt(at), { most: 2, unlocked });
    expect([await begin('1'), await begin('2'), await begin('3')]).toEqual([true, true, false]);
    expect(await begin('9', '1')).toBe(false);
    expect([await begin('9', '2'), await begin('9', '2'), await begin('9', '2')]).toEqual([
      true,
      true,
      false,
    ]);
  });

  it('count for each user and factor alone, from the last that did not fail', async () => {
    const db = await rig();
    const begin = (...who: [string?, string?]) =>
      attemptStore.begin(db, attempt('1', ...who), { most: 1, unlocked: '' });
    expect([await begin(), await begin('bob'), await begin('ada', 'totp')]).toEqual([true, true, true]);
    await attemptStore.clear(db, 'ada', 'password');
    expect([await begin(), await begin('bob'), await begin('ada', 'totp')]).toEqual([true, false, false]);
  });

  it('at the same time are no more than allowed', async () => {
    const db = await rig();
    const all = Array.from({ length: 12 }, () =>
      attemptStore.begin(db, attempt('1'), { most: 5, unlocked: '' }),
    );
    expect((await Promise.all(all)).filter(Boolean)).toHaveLength(5);
  });

  it('with a passcode count once, until it is forgotten', async () => {
    const db = await rig();
    const both = [1, 2].map(() => attemptStore.usePasscode(db, 'ada/1/123456', '2'));
    expect((await Promise.all(both)).filter(Boolean)).toHaveLength(1);
    await attemptStore.prunePasscodes(db, '1');
    expect(await attemptStore.usePasscode(db, 'ada/1/123456', '2')).toBe(false);
    await attemptStore.prunePasscodes(db, '2');
    expect(await attemptStore.usePasscode(db, 'ada/1/123456', '2')).toBe(true);
  });

  it('keep the last passwords of a user and no others', async () => {
    const db = await rig();
    const keep = (id: string, userId = 'ada') =>
      attemptStore.keepPassword(db, { id, userId, hash: `hash ${id}`, at: id }, 2);
    for (const id of ['1', '2', '3']) await keep(id);
    await keep('4', 'bob');
    expect(await attemptStore.pastPasswords(db, 'ada', 9)).toEqual(['hash 3', 'hash 2']);
    expect(await attemptStore.pastPasswords(db, 'ada', 1)).toEqual(['hash 3']);
    expect(await attemptStore.pastPasswords(db, 'bob', 9)).toEqual(['hash 4']);
  });
});
