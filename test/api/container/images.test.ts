import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aCaller, anAdmin } from '#test/support/api.ts';
import { serveContainers, type ContainerApi } from './container-api.ts';

const as = anAdmin();
const user = aCaller('p1');
const REF = `sha256:${'0'.repeat(64)}`;
let cloud: ContainerApi;

beforeAll(async () => {
  cloud = await serveContainers({
    defaultRegistry: 'registry.test',
    logins: [{ domain: 'registry.test', username: 'cloud', password: 'sesame' }],
  });
});
afterAll(() => cloud[Symbol.asyncDispose]());

const pull = (body: object, by = as) => cloud.call('POST', '/images/', { as: by, body });
const show = async (id: string) => (await cloud.call('GET', `/images/${id}`, { as })).body;
const statusOf = async (id: string) => (await cloud.call('GET', `/images/${id}/status`, { as })).body;
const remove = (id: string) => cloud.call('DELETE', `/images/${id}`, { as });

describe('an image that is pulled to a node', () => {
  it('is recorded at once, and known by its id once it is there', async () => {
    const answer = await pull({ repo: 'hello', host: 'node-1' });
    expect(answer.status).toBe(202);
    const { uuid } = answer.body;
    expect(answer.headers['location']).toBe(`http://cloud.test/container/v1/images/${uuid}`);
    expect(answer.body).toMatchObject({ repo: 'hello', tag: 'latest', image_id: null, size: null });
    expect(await statusOf(uuid)).toEqual({ status: 'Pulling', status_reason: null });
    await cloud.settle();
    const hello = cloud.images.images[0];
    expect(await show(uuid)).toMatchObject({ image_id: hello?.id, size: '1', host: 'node-1' });
    expect(await statusOf(uuid)).toEqual({ status: 'Pulled', status_reason: null });
    expect(cloud.node.objects.get(uuid)).toMatchObject({ kind: 'image', spec: { image: { id: hello?.id } } });
    const list = (await cloud.call('GET', '/images/?limit=5&sort_key=repo', { as })).body;
    expect(list).toMatchObject({ images: [{ uuid }], next: null });
    const gone = await remove(uuid);
    expect([gone.status, gone.body]).toEqual([200, null]);
    expect(cloud.node.objects.has(uuid)).toBe(false);
    expect((await cloud.call('GET', `/images/${uuid}`, { as })).status).toBe(404);
    expect(cloud.events).toEqual(
      expect.arrayContaining(['pulling', 'pulled', 'deleted'].map((what) => `container.image.${what}`)),
    );
  });

  it('is found by its host’s id, with exactly the fields that Zun shows', async () => {
    const [host] = await cloud.node.list();
    const { body } = await pull({ repo: 'hello', host: host?.id });
    expect(Object.keys(body).toSorted()).toEqual(
      'host image_id image_pull_policy links project_id repo size tag uuid'.split(' '),
    );
    expect(body.host).toBe('node-1');
    await remove(body.uuid);
  });

  it('comes from a registry, for which its node alone gets a login', async () => {
    const asked = { repo: 'team/app:2', host: 'node-1', image_driver: 'docker' };
    const { uuid, tag } = (await pull({ ...asked, image_pull_policy: 'IfNotPresent' })).body;
    expect(tag).toBe('2');
    await cloud.settle();
    const reference = 'registry.test/team/app:2';
    expect(cloud.node.objects.get(uuid)).toMatchObject({
      spec: { image: { reference, pull: 'ifnotpresent' } },
    });
    expect(await show(uuid)).toMatchObject({ image_id: REF, image_pull_policy: 'ifnotpresent' });
    const login = (host: string) => cloud.questions.ask(host, 'registry.login', { container: uuid });
    expect(await login('node-1')).toEqual({ username: 'cloud', password: 'sesame' });
    await expect(login('node-2')).rejects.toMatchObject({ kind: 'not-found' });
    await remove(uuid);
    await expect(login('node-1')).rejects.toMatchObject({ kind: 'not-found' });
  });

  it('tells how far it is, and is in Error when it cannot be had, with nothing left on the node', async () => {
    cloud.node.saysOfImage = (report) => ({ ...report, status: 'working', reason: 'pulling image: 40 %' });
    const { uuid } = (await pull({ repo: 'app', host: 'node-1', image_driver: 'docker' })).body;
    await cloud.settle();
    expect(await statusOf(uuid)).toEqual({ status: 'Pulling', status_reason: 'pulling image: 40 %' });
    cloud.node.saysOfImage = (report) => ({ ...report, status: 'error', reason: 'no such image' });
    await cloud.settle();
    cloud.node.saysOfImage = (report) => report;
    expect(await statusOf(uuid)).toEqual({ status: 'Error', status_reason: 'no such image' });
    expect(cloud.node.objects.has(uuid)).toBe(false);
    await remove(uuid);
  });

  it('goes while it is pulled, and with a node that is away', async () => {
    cloud.node.saysOfImage = (report) => ({ ...report, status: 'working' });
    const first = (await pull({ repo: 'hello', host: 'node-1' })).body.uuid;
    await cloud.settle();
    await remove(first);
    await cloud.settle();
    cloud.node.saysOfImage = (report) => report;
    const second = (await pull({ repo: 'hello', host: 'node-1' })).body.uuid;
    await cloud.settle();
    cloud.node.away = true;
    expect((await remove(second)).status).toBe(200);
    await cloud.node.sync(cloud.desired);
    expect([...cloud.node.objects.keys()]).toEqual([]);
  });
});

describe('a pull', () => {
  it('of what is there already is a conflict', async () => {
    const { uuid } = (await pull({ repo: 'hello:latest', host: 'node-1' })).body;
    const again = await pull({ repo: 'hello', host: 'node-1' });
    expect([again.status, again.body.errors[0].code]).toEqual([409, 'container.image-already-exists']);
    await remove(uuid);
  });

  it.each([
    ['no host', { repo: 'hello' }, 400],
    ['another host', { repo: 'hello', host: 'nowhere' }, 404],
    ['an unknown image', { repo: 'nothing', host: 'node-1' }, 400],
    ['a name that is none', { repo: ':x', host: 'node-1' }, 400],
    ['a tag that is none', { repo: 'hello', tag: '../x', host: 'node-1' }, 400],
    ['a reference that is none', { repo: 'UPPER', host: 'node-1', image_driver: 'docker' }, 400],
    ['an unknown field', { repo: 'hello', host: 'node-1', registry: 'r' }, 400],
  ])('with %s is refused, and nothing is kept', async (_, body, status) => {
    expect((await pull(body)).status).toBe(status);
    expect((await cloud.call('GET', '/images', { as })).body.images).toEqual([]);
  });

  it('is for administrators, and so are the records', async () => {
    expect((await pull({ repo: 'hello', host: 'node-1' }, user)).status).toBe(403);
    const { uuid } = (await pull({ repo: 'hello', host: 'node-1' })).body;
    for (const path of ['/images', `/images/${uuid}`, `/images/${uuid}/status`])
      expect((await cloud.call('GET', path, { as: user })).status).toBe(403);
    expect((await cloud.call('DELETE', `/images/${uuid}`, { as: user })).status).toBe(403);
    await remove(uuid);
  });
});
