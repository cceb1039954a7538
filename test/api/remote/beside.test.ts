import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Beside } from '#test/support/beside.ts';
import { startCloud, type Member, type TestCloud } from '#test/support/cloud.ts';

const PASSWORD = 'correct horse';

/** Everything but containers is that cloud's. */
const besideAt = (url: string, password = PASSWORD): Beside =>
  new Beside(
    {
      identity: { url: `${url}/identity`, username: 'admin', project: 'admin' },
      image: { url: `${url}/image` },
      network: { url: `${url}/network` },
    },
    password,
  );

describe('the container service beside another cloud', () => {
  let other: TestCloud;
  let url: string;
  let alice: Member;
  let beside: Beside;

  beforeEach(async () => {
    other = await startCloud();
    url = await other.listen();
    alice = await other.addMember('alice');
    beside = besideAt(url);
    await beside.cloud.start();
  });
  afterEach(async () => {
    await beside[Symbol.asyncDispose]();
    await other[Symbol.asyncDispose]();
  });

  const endpoints = async () => {
    const { body } = await other.call('GET', '/identity/v3/endpoints', { token: other.admin });
    const ours = body.endpoints.filter((one: { url: string }) =>
      one.url.startsWith('http://containers.test'),
    );
    return ours.map((one: { interface: string; region_id: string; url: string }) => [
      one.interface,
      one.region_id,
      one.url,
    ]);
  };

  it('is in that cloud’s catalogue, once, also when it starts again', async () => {
    const expected = ['admin', 'internal', 'public'].map((name) => [
      name,
      'RegionOne',
      'http://containers.test/container/v1',
    ]);
    expect((await endpoints()).toSorted()).toEqual(expected);
    await using again = besideAt(url);
    await again.cloud.start();
    expect((await endpoints()).toSorted()).toEqual(expected);
  });

  it('takes that cloud’s tokens, and no others', async () => {
    const listed = await beside.call('GET', '/container/v1/containers', { token: alice.token });
    expect(listed).toMatchObject({ status: 200, body: { containers: [] } });
    for (const token of ['nonsense', `${alice.token}x`])
      expect((await beside.call('GET', '/container/v1/containers', { token })).status).toBe(401);
  });

  it('forgets a token a minute after it was revoked', async () => {
    const ask = async () =>
      (await beside.call('GET', '/container/v1/containers', { token: alice.token })).status;
    expect(await ask()).toBe(200);
    const headers = { 'x-subject-token': alice.token };
    await other.call('DELETE', '/identity/v3/auth/tokens', { token: alice.token, headers });
    beside.clock.advance(60_001);
    expect(await ask()).toBe(401);
  });

  it('has no identity, images or networks of its own to offer', async () => {
    for (const path of ['/identity/v3', '/image/v2/images', '/network/v2.0/networks', '/volume/v3/'])
      expect((await beside.call('GET', path, { token: alice.token })).status).toBe(404);
  });

  it('shows that cloud’s images, each project its own', async () => {
    const bob = await other.addMember('bob');
    const body = { name: 'nginx', container_format: 'docker', disk_format: 'raw' };
    const made = await other.call('POST', '/image/v2/images', { token: alice.token, body });
    expect(made.status).toBe(201);
    const search = (token: string) =>
      beside.call('GET', '/container/v1/images/nginx/search?image_driver=glance', { token });
    expect((await search(alice.token)).body).toMatchObject([{ name: 'nginx' }]);
    expect((await search(bob.token)).body).toEqual([]);
  });

  it('answers 503 while that Keystone is away, and starts all the same', async () => {
    await using lonely = besideAt('http://127.0.0.1:9');
    await lonely.cloud.start();
    expect((await lonely.call('GET', '/container/v1/containers', { token: alice.token })).status).toBe(503);
  });

  it('answers 503 when its own password is not taken', async () => {
    await using mistaken = besideAt(url, 'not the password');
    await mistaken.cloud.start();
    expect((await mistaken.call('GET', '/container/v1/containers', { token: alice.token })).status).toBe(503);
  });
});
