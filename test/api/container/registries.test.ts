import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Db } from '#kernel/db/database.ts';
import type { ContainerTables } from '#services/container/tables.ts';
import { aCaller, anAdmin } from '#test/support/api.ts';
import { serveContainers, type ContainerApi } from './container-api.ts';

const as = aCaller('p1');
const stranger = aCaller('p2');
const admin = anAdmin();
const PASSWORD = 'battery staple';
let cloud: ContainerApi;

beforeAll(async () => {
  cloud = await serveContainers({
    defaultRegistry: 'home.test:5000',
    logins: [{ domain: 'home.test:5000', username: 'cloud', password: 'cloudy' }],
  });
});
afterAll(() => cloud[Symbol.asyncDispose]());

async function create(fields: object, who = as) {
  const registry = { domain: 'reg.test', ...fields };
  const answer = await cloud.call('POST', '/registries', { as: who, body: { registry } });
  expect(answer.status).toBe(202);
  return answer.body.registry;
}

const call = (method: string, path: string, body?: object, who = as) =>
  cloud.call(method, `/registries${path}`, { as: who, ...(body && { body }) });

describe('a registry', () => {
  it('is shown without its password, which lies sealed in the database', async () => {
    const made = await create({ name: 'mine', username: 'someone', password: PASSWORD });
    expect(made).toMatchObject({
      name: 'mine',
      domain: 'reg.test',
      username: 'someone',
      password: '***',
      project_id: 'p1',
    });
    for (const path of [`/${made.uuid}`, '/mine'])
      expect((await call('GET', path)).body.registry).toEqual(made);
    const { registries, next } = (await call('GET', '')).body;
    expect([registries.length, next]).toEqual([1, null]);
    expect(registries[0]).toEqual(made);
    const db: Db<ContainerTables> = cloud.database.handle();
    const rows = await db.selectFrom('container_registry').selectAll().execute();
    expect(rows[0]?.password).toMatch(/^[\w-]{40,}$/);
    expect(JSON.stringify(rows)).not.toContain(PASSWORD);
    expect((await call('DELETE', '/mine')).status).toBe(204);
    expect((await call('GET', '/mine')).status).toBe(404);
  });

  it('is changed field by field', async () => {
    const { uuid } = await create({ name: 'change', username: 'a', password: PASSWORD });
    const changed = await call('PATCH', '/change', { registry: { name: 'changed', domain: 'other.test:1' } });
    expect(changed.status).toBe(200);
    expect(changed.body.registry).toMatchObject({
      uuid,
      name: 'changed',
      domain: 'other.test:1',
      username: 'a',
    });
    await call('DELETE', '/changed');
  });

  it("is not for other projects to see, use or change; an administrator sees all projects'", async () => {
    const { uuid } = await create({ name: 'private' });
    for (const path of [`/${uuid}`, '/private']) {
      expect((await call('GET', path, undefined, stranger)).status).toBe(404);
      expect((await call('PATCH', path, { registry: { name: 'theirs' } }, stranger)).status).toBe(404);
      expect((await call('DELETE', path, undefined, stranger)).status).toBe(404);
    }
    expect((await call('GET', '', undefined, stranger)).body.registries).toEqual([]);
    expect((await call('GET', '?all_projects=true', undefined, stranger)).status).toBe(403);
    expect((await call('GET', '?all_projects=true', undefined, admin)).body.registries).toHaveLength(1);
    await call('DELETE', `/${uuid}`);
  });

  it('is listed page by page, sorted and filtered', async () => {
    const made = [];
    for (const name of ['aa', 'bb', 'cc']) made.push(await create({ name, domain: `${name}.test` }));
    const names = async (query: string) =>
      (await call('GET', query)).body.registries.map(({ name }: { name: string }) => name);
    const first = await call('GET', '?limit=2&sort_key=name&sort_dir=desc');
    expect(first.body.registries.map(({ name }: { name: string }) => name)).toEqual(['cc', 'bb']);
    expect(await names(new URL(first.body.next).search)).toEqual(['aa']);
    expect(await names('?domain=bb.test')).toEqual(['bb']);
    expect((await call('GET', '?sort_key=password')).status).toBe(400);
    for (const { uuid } of made) await call('DELETE', `/${uuid}`);
  });

  it('is refused with bad fields, under a name of several, and before 1.30', async () => {
    for (const registry of [
      {},
      { domain: '' },
      { domain: 'no-host' },
      { domain: 'reg.test/path' },
      { domain: 'reg.test', name: 'a' },
      { domain: 'reg.test', username: '' },
      { domain: 'reg.test', colour: 'red' },
    ])
      expect([registry, (await call('POST', '', { registry })).status]).toEqual([registry, 400]);
    const twins = [await create({ name: 'twin' }), await create({ name: 'twin' })];
    expect((await call('GET', '/twin')).status).toBe(409);
    for (const { uuid } of twins) await call('DELETE', `/${uuid}`);
    const headers = { 'openstack-api-version': 'container 1.29' };
    expect((await cloud.call('GET', '/registries', { as, headers })).status).toBe(406);
  });
});

describe('a container with image_driver docker', () => {
  const run = async (fields: object, who = as) =>
    cloud.call('POST', '/containers?run=true', { as: who, body: { image_driver: 'docker', ...fields } });

  async function onNode(fields: object): Promise<{ uuid: string; image: unknown }> {
    const answer = await run(fields);
    expect([answer.text, answer.status]).toEqual([answer.text, 202]);
    await cloud.settle();
    return { uuid: answer.body.uuid, image: cloud.node.container(answer.body.uuid)?.spec.image };
  }
  const login = (uuid: string, host = 'node-1') =>
    cloud.questions.ask(host, 'registry.login', { container: uuid });

  it('has its node pull the image that the name means, with no login in what the node keeps', async () => {
    await create({ name: 'used', username: 'someone', password: PASSWORD });
    const cases: [object, string][] = [
      [{ image: 'app' }, 'home.test:5000/app:latest'],
      [{ image: 'reg.test/team/app:2' }, 'reg.test/team/app:2'],
      [{ image: 'team/app', registry: 'used' }, 'reg.test/team/app:latest'],
    ];
    for (const [fields, reference] of cases)
      expect((await onNode(fields)).image).toEqual({ reference, pull: 'always' });
    expect(JSON.stringify([...cloud.node.objects.values()])).not.toContain(PASSWORD);
    await call('DELETE', '/used');
  });

  it("is given the login that was named, the project's own, or the cloud's", async () => {
    const registry = await create({ name: 'login', username: 'someone', password: PASSWORD });
    const someone = { username: 'someone', password: PASSWORD };
    const named = await onNode({ image: 'app', registry: 'login' });
    expect((await cloud.call('GET', `/containers/${named.uuid}`, { as })).body.registry_id).toBe(
      registry.uuid,
    );
    expect(await login(named.uuid)).toEqual(someone);
    expect(await login((await onNode({ image: 'reg.test/app' })).uuid)).toEqual(someone);
    expect(await login((await onNode({ image: 'app' })).uuid)).toEqual({
      username: 'cloud',
      password: 'cloudy',
    });
    expect(await login((await onNode({ image: 'free.test/app' })).uuid)).toBeNull();
    await call('PATCH', '/login', { registry: { domain: 'moved.test' } });
    expect(await login(named.uuid)).toBeNull();
    await call('DELETE', '/login');
  });

  it('tells its login to no other node, and for no other container', async () => {
    const { uuid } = await onNode({ image: 'app' });
    await expect(login(uuid, 'node-2')).rejects.toMatchObject({ kind: 'not-found' });
    await expect(login('unknown')).rejects.toMatchObject({ kind: 'not-found' });
    const stored = await cloud.call('POST', '/containers', { as, body: { image: 'hello' } });
    await cloud.settle();
    await expect(login(stored.body.uuid)).rejects.toMatchObject({ kind: 'not-found' });
    await cloud.call('DELETE', `/containers/${uuid}?stop=true`, { as });
    await cloud.settle();
    await expect(login(uuid)).rejects.toMatchObject({ kind: 'not-found' });
  });

  it('is refused for a name that is none, and for a registry of others or elsewhere', async () => {
    const { uuid } = await create({ name: 'elsewhere' });
    for (const [fields, status] of [
      [{ image: 'a b' }, 400],
      [{ image: 'UPPER' }, 400],
      [{ image: 'other.test/app', registry: 'elsewhere' }, 400],
      [{ image: 'app', registry: 'nowhere' }, 404],
      [{ image: 'hello', image_driver: 'glance', registry: 'elsewhere' }, 400],
    ] as const)
      expect([fields, (await run(fields)).status]).toEqual([fields, status]);
    expect((await run({ image: 'app', registry: uuid }, stranger)).status).toBe(404);
    await call('DELETE', '/elsewhere');
  });

  it('needs a full name where the cloud has no default registry', async () => {
    await using plain = await serveContainers();
    const body = { image: 'busybox', image_driver: 'docker' };
    const refused = await plain.call('POST', '/containers', { as, body });
    expect([refused.status, refused.text]).toEqual([400, expect.stringContaining('names no registry')]);
  });

  it('is what those are that name none, where the operator says so', async () => {
    await using docker = await serveContainers({ driver: 'docker', defaultRegistry: 'home.test' });
    const { body } = await docker.call('POST', '/containers', { as, body: { image: 'app' } });
    await docker.settle();
    expect(docker.node.container(body.uuid)?.spec.image).toMatchObject({ reference: 'home.test/app:latest' });
  });
});
