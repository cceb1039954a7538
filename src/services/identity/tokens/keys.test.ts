import { expect, it } from 'vitest';
import { createVault } from '#kernel/vault/migrations/0001-vault.ts';
import { EnvelopeVault } from '#kernel/vault/vault.ts';
import { forEachDatabase, type OpenDatabase } from '#test/support/databases.ts';
import { ManualClock } from '#test/support/manual-clock.ts';
import { createIdentity } from '../migrations/0001-identity.ts';
import { addExtra } from '../migrations/0002-extra.ts';
import { addAuthentication } from '../migrations/0006-authentication.ts';
import { TokenCodec, type TokenPayload } from './codec.ts';
import { TokenKeys } from './keys.ts';

const SCHEMA = [
  { name: 'vault', migrations: [createVault] },
  { name: 'identity', migrations: [createIdentity, addExtra, addAuthentication] },
];
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const FIRST = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)];

const PAYLOAD: TokenPayload = {
  userId: 'a'.repeat(32),
  methods: ['password', 'totp'],
  scope: { kind: 'project', id: 'b'.repeat(32) },
  issuedAt: 1,
  expiresAt: 2,
  auditIds: [Buffer.alloc(16, 7).toString('base64url')],
  appCredentialId: null,
  delegation: null,
};

/** Two processes on one database in one time. */
async function aPair(open: OpenDatabase, signsFor = Infinity) {
  const database = await open(...SCHEMA);
  const clock = new ManualClock();
  const process = async () => {
    const vault = new EnvelopeVault({ database, masterKeys: [Buffer.alloc(32, 9)] });
    const keys = new TokenKeys({ database, vault, clock, usefulFor: 2 * DAY, signsFor });
    await keys.begin(FIRST);
    return { keys, codec: new TokenCodec(keys) };
  };
  return { database, clock, one: await process(), other: await process() };
}

forEachDatabase('the keys of tokens', (open) => {
  it('are those given at first, and the same for all', async () => {
    const { one, other } = await aPair(open);
    expect(one.keys.list()).toHaveLength(2);
    expect(other.codec.decode(one.codec.encode(PAYLOAD))).toEqual(PAYLOAD);
  });

  it('rotate without ending a token, and sign only when every process had time to read them', async () => {
    const { clock, one, other } = await aPair(open);
    const before = one.codec.encode(PAYLOAD);
    await one.keys.rotate();
    // The other has not read it yet, and need not.
    expect(other.codec.decode(one.codec.encode(PAYLOAD))).toEqual(PAYLOAD);
    clock.advance(30_000);
    const after = one.codec.encode(PAYLOAD);
    expect(after.slice(-20)).not.toBe(before.slice(-20));
    expect(other.codec.decode(after)).toBeUndefined();
    await other.keys.load();
    expect(other.codec.decode(after)).toEqual(PAYLOAD);
    expect(one.codec.decode(before)).toEqual(PAYLOAD);
  });

  it('go when no token of theirs can be of use, and are made anew in time', async () => {
    const { clock, one } = await aPair(open, 30 * DAY);
    expect(await one.keys.tend()).toBe(false);
    clock.advance(2 * DAY + 1000);
    expect(await one.keys.tend()).toBe(true);
    expect(one.keys.list()).toHaveLength(1);
    clock.advance(30 * DAY);
    expect(await one.keys.tend()).toBe(true);
    expect(one.keys.list()).toHaveLength(2);
    const old = one.codec.encode(PAYLOAD);
    clock.advance(2 * DAY);
    await one.keys.tend();
    expect(one.codec.decode(old)).toEqual(PAYLOAD);
    clock.advance(DAY);
    await one.keys.tend();
    expect(one.codec.decode(old)).toBeUndefined();
  });

  it('may be dropped when they no longer sign, which ends their tokens', async () => {
    const { clock, one } = await aPair(open);
    const token = one.codec.encode(PAYLOAD);
    const [first] = one.keys.list();
    await one.keys.rotate();
    await expect(one.keys.drop(first?.id ?? '')).rejects.toThrow('signs tokens now');
    clock.advance(30_000);
    await one.keys.drop(first?.id ?? '');
    expect(one.codec.decode(token)).toBeUndefined();
    await expect(one.keys.drop('unheard-of')).rejects.toThrow('Could not find');
  });

  it('are not in the database as they are', async () => {
    const { database } = await aPair(open);
    const rows = await database
      .handle<{ identity_token_key: object }>()
      .selectFrom('identity_token_key')
      .selectAll()
      .execute();
    for (const key of FIRST) expect(JSON.stringify(rows)).not.toContain(key.toString('base64url'));
    expect(rows).toHaveLength(2);
  });
});
