import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FakeNeutron } from '#test/support/fake-neutron.ts';
import { ManualClock } from '#test/support/manual-clock.ts';
import { OpenStackSession } from './session.ts';

describe('a session with another cloud', () => {
  let fake: FakeNeutron;
  let session: OpenStackSession;
  let clock: ManualClock;

  beforeEach(async () => {
    fake = await FakeNeutron.start();
    clock = new ManualClock('2998-12-31T22:00:00Z'); // the fake's tokens end two hours later;
    session = new OpenStackSession({ access: fake.access, clock });
  });
  afterEach(() => fake[Symbol.asyncDispose]());

  const callAtOnce = () =>
    Promise.all(Array.from({ length: 9 }, () => session.call('GET', 'network', '/v2.0/networks')));

  it('signs in once for all who ask at once, also when its token has become old', async () => {
    await callAtOnce();
    expect(fake.tokens.size).toBe(1);
    clock.advance(119.5 * 60_000);
    await callAtOnce();
    expect(fake.tokens.size).toBe(2);
  });

  it('signs in again when its token is taken no more', async () => {
    await callAtOnce();
    fake.tokens.clear();
    expect(await session.call('GET', 'network', '/v2.0/networks')).toEqual({ networks: [] });
    expect(fake.tokens.size).toBe(1);
  });

  it('says who does not answer', async () => {
    const { host } = new URL(fake.url);
    await fake[Symbol.asyncDispose]();
    const call = () => session.call('GET', 'network', '/v2.0/networks');
    await expect(call()).rejects.toMatchObject({ kind: 'unavailable' });
    await expect(call()).rejects.toThrow(host);
    fake = await FakeNeutron.start();
  });
});
