import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { systemClock } from '#kernel/clock.ts';
import { OpenStackSession } from '#src/openstack/session.ts';
import { Beside } from '#test/support/beside.ts';
import { KeystoneServer } from './keystone-server.ts';

/** Against OpenStack's own Keystone, where Debian's package is installed: `test/conformance/beside-openstack.sh`. */
describe.skipIf(!existsSync('/usr/bin/keystone-manage'))('beside Debian’s Keystone', () => {
  let keystone: KeystoneServer;
  let beside: Beside;
  beforeAll(async () => {
    keystone = await KeystoneServer.start();
    const identity = { url: `${keystone.url}/v3`, username: 'admin', project: 'admin' };
    beside = new Beside({ identity }, KeystoneServer.password);
    await beside.cloud.start();
  }, 300_000);
  afterAll(async () => {
    await beside[Symbol.asyncDispose]();
    await keystone[Symbol.asyncDispose]();
  });

  const domain = { name: 'Default' };
  const auth = {
    identity: {
      methods: ['password'],
      password: { user: { name: 'admin', password: KeystoneServer.password, domain } },
    },
    scope: { project: { name: 'admin', domain } },
  };
  const signIn = async () => {
    const answer = await fetch(`${keystone.url}/v3/auth/tokens`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ auth }),
    });
    return answer.headers.get('x-subject-token') ?? '';
  };
  const list = async (token: string) =>
    (await beside.call('GET', '/container/v1/containers', { token })).status;

  it('is in its catalogue', async () => {
    const access = { authUrl: keystone.url, auth, region: null, interface: 'public' };
    const session = new OpenStackSession({
      access: { ...access, endpoints: { identity: `${keystone.url}/v3` } },
      clock: systemClock,
    });
    const registered = async () => {
      const found = (await session.call('GET', 'identity', '/services?type=container')) as {
        services: { id: string; name: string }[];
      };
      expect(found.services).toMatchObject([{ name: 'zun' }]);
      const query = `service_id=${found.services[0]?.id}`;
      const { endpoints } = (await session.call('GET', 'identity', `/endpoints?${query}`)) as {
        endpoints: { interface: string; region_id: string; url: string }[];
      };
      expect(endpoints.map((one) => one.interface).toSorted()).toEqual(['admin', 'internal', 'public']);
      return endpoints;
    };
    // It goes on in the background while the cloud is up already.
    const endpoints = await vi.waitFor(registered, { timeout: 60_000, interval: 500 });
    for (const one of endpoints)
      expect(one).toMatchObject({ region_id: 'RegionOne', url: 'http://containers.test/container/v1' });
  });

  it('takes its tokens until a minute after they are revoked, and no others', async () => {
    const token = await signIn();
    expect(await list(token)).toBe(200);
    expect(await list('nonsense')).toBe(401);
    const headers = { 'x-auth-token': token, 'x-subject-token': token };
    expect((await fetch(`${keystone.url}/v3/auth/tokens`, { method: 'DELETE', headers })).status).toBe(204);
    beside.clock.advance(60_001);
    expect(await list(token)).toBe(401);
  });
});
