import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { notFound } from '#kernel/errors.ts';
import { aCaller, anAdmin } from '#test/support/api.ts';
import { fakeImage } from '#test/support/fake-ports.ts';
import { serveContainers, type ContainerApi } from './container-api.ts';

const as = aCaller('p1');
const OLD = { 'openstack-api-version': 'container 1.24' };
const STAT = { name: 'etc', size: 5, mode: 420, mtime: '2030-01-01T00:00:00.000Z', linkTarget: '' };
const BYTES = Buffer.from(Array.from({ length: 1000 }, (_, index) => index % 256));
let cloud: ContainerApi;
let id: string;

beforeEach(async () => {
  cloud = await serveContainers();
  const body = { image: 'hello', name: 'web' };
  id = (await cloud.call('POST', '/containers?run=true', { as, body })).body.uuid;
  await cloud.settle();
});
afterEach(() => cloud[Symbol.asyncDispose]());

const post = (verb: string, body?: unknown, headers = {}) =>
  cloud.call('POST', `/containers/${id}/${verb}`, { as, headers, ...(body === undefined ? {} : { body }) });
const look = (verb: string, headers = {}) => cloud.call('GET', `/containers/${id}/${verb}`, { as, headers });
const show = async () => (await cloud.call('GET', `/containers/${id}`, { as })).body;
const stranger = aCaller('p2');

describe('archives', () => {
  it('come out as base64, and in older versions a character for each byte', async () => {
    cloud.node.answers['container.get-archive'] = () => ({
      head: STAT,
      bytes: [BYTES.subarray(0, 100), BYTES.subarray(100)],
    });
    const answer = await look('get_archive?path=/etc');
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({ data: BYTES.toString('base64'), stat: STAT });
    expect(cloud.node.asked.at(-1)?.body).toEqual({ id, path: '/etc', maxBytes: 64 << 20 });
    expect((await look('get_archive?path=/etc', OLD)).body.data).toBe(BYTES.toString('latin1'));
  });

  it('say what is not there, and whose it is not', async () => {
    cloud.node.answers['container.get-archive'] = () => {
      throw notFound('Could not find the file /x in the container.');
    };
    expect((await look('get_archive?path=/x')).status).toBe(404);
    expect((await look('get_archive')).status).toBe(400);
    const path = `/containers/${id}/get_archive?path=/etc`;
    expect((await cloud.call('GET', path, { as: stranger })).status).toBe(404);
    cloud.node.away = true;
    expect((await look('get_archive?path=/etc')).status).toBe(503);
  });

  it('go in by the node that comes for them, and by no other', async () => {
    let read: unknown;
    cloud.node.answers['container.put-archive'] = async ({ archive }) => {
      await expect(cloud.questions.open('node-2', 'archive.open', { archive })).rejects.toThrow(
        'no such archive',
      );
      read = Buffer.concat(await cloud.questions.open('node-1', 'archive.open', { archive }));
    };
    const answer = await post('put_archive?path=/tmp', { data: BYTES.toString('base64') });
    expect([answer.status, answer.text]).toEqual([200, 'null']);
    expect(read).toEqual(BYTES);
    await post('put_archive?path=/tmp', { data: BYTES.toString('latin1') }, OLD);
    expect(read).toEqual(BYTES);
  });

  it('are refused when they are no data, or somebody else must not', async () => {
    for (const body of [{}, { data: 5 }, { data: '***' }, { data: '', extra: 1 }, []])
      expect((await post('put_archive?path=/tmp', body)).status).toBe(400);
    expect((await post('put_archive', { data: '' })).status).toBe(400);
    expect((await post('put_archive?path=/tmp', { data: '\u2713' }, OLD)).status).toBe(400);
    const path = `/containers/${id}/put_archive?path=/tmp`;
    expect((await cloud.call('POST', path, { as: stranger, body: { data: '' } })).status).toBe(404);
    expect(cloud.node.asked).toEqual([]);
  });
});

describe('rebuild', () => {
  it('makes the container anew from another image, at the same addresses, and runs it if it ran', async () => {
    cloud.images.images.push(fakeImage('other'));
    const { addresses } = await show();
    const answer = await post('rebuild?image=other&image_driver=glance');
    expect([answer.status, answer.text]).toEqual([202, 'null']);
    expect(await show()).toMatchObject({
      status: 'Rebuilding',
      task_state: 'container_rebuilding',
      image: 'other',
    });
    await cloud.settle();
    expect(await show()).toMatchObject({ status: 'Running', task_state: null, image: 'other', addresses });
    const spec = cloud.node.container(id)?.spec;
    expect(spec).toMatchObject({ revision: 1, image: { id: fakeImage('other').id } });
    const [action] = (await look('container_actions')).body.containerActions;
    expect(action).toMatchObject({ action: 'rebuild', message: null, finish_time: expect.any(String) });
  });

  it('leaves one that did not run created', async () => {
    await post('stop');
    await cloud.settle();
    expect((await post('rebuild?image=&image_driver=')).status).toBe(202);
    await cloud.settle();
    expect(await show()).toMatchObject({ status: 'Created', image: 'hello' });
  });

  it('tells why it failed, and can be tried again', async () => {
    cloud.node.says = (report) => ({ ...report, status: 'error', failed: true, reason: 'no such program' });
    await post('rebuild');
    await cloud.settle();
    expect(await show()).toMatchObject({
      status: 'Error',
      status_reason: 'no such program',
      task_state: null,
    });
    cloud.node.says = (report) => report;
    expect((await post('rebuild')).status).toBe(202);
    await cloud.settle();
    expect(await show()).toMatchObject({ status: 'Running', status_reason: null });
  });

  it('refuses an image that is not there, and changes nothing', async () => {
    for (const query of ['?image=nothing', '?image_driver=floppy', '?colour=red'])
      expect((await post(`rebuild${query}`)).status).toBe(400);
    expect((await show()).status).toBe('Running');
    expect((await cloud.call('POST', `/containers/${id}/rebuild`, { as: stranger })).status).toBe(404);
  });

  it('gives way to deletion', async () => {
    cloud.node.says = (report) => ({ ...report, status: 'creating' });
    await post('rebuild');
    const remove = (query: string) =>
      cloud.call('DELETE', `/containers/${id}${query}`, { as: anAdmin('p1') });
    expect((await remove('')).status).toBe(409);
    expect((await remove('?force=true')).status).toBe(204);
    await cloud.settle();
    expect((await look('container_actions')).status).toBe(404);
    expect([cloud.node.objects.size, cloud.placement.claims.size]).toEqual([0, 0]);
  });
});

describe('commit', () => {
  it('answers with the image, whose data comes later', async () => {
    cloud.node.answers['container.commit'] = () => ({ bytes: [BYTES] });
    const answer = await post('commit?repository=team/mine&tag=1.0');
    expect(answer.status).toBe(202);
    const image = () => cloud.images.images.find((one) => one.id === answer.body.uuid);
    expect(image()).toMatchObject({ name: 'team/mine', containerFormat: 'docker' });
    await cloud.settle();
    expect(image()).toMatchObject({ status: 'active', size: BYTES.length });
    expect(cloud.node.asked.at(-1)?.body).toMatchObject({ id, name: 'team/mine:1.0' });
    expect((await look('container_actions')).body.containerActions[0]).toMatchObject({
      action: 'commit',
      message: null,
    });
  });

  it('takes the image away when it fails, and tells why', async () => {
    cloud.node.answers['container.commit'] = () => {
      throw notFound('The disk is gone.');
    };
    await post('commit?repository=mine');
    await cloud.settle();
    expect(cloud.images.images).toHaveLength(1);
    const [action] = (await look('container_actions')).body.containerActions;
    expect(action).toMatchObject({ action: 'commit', message: 'Error' });
    expect((await show()).status).toBe('Running');
  });

  it('refuses names that are none, strangers, and two at a time', async () => {
    for (const query of ['', '?repository=', '?repository=UPPER', '?repository=a&tag=no good'])
      expect((await post(`commit${query}`)).status).toBe(400);
    const path = `/containers/${id}/commit?repository=mine`;
    expect((await cloud.call('POST', path, { as: stranger })).status).toBe(404);
    const release = Promise.withResolvers<void>();
    cloud.node.answers['container.commit'] = async () => {
      await release.promise;
      return { bytes: [] };
    };
    expect((await post('commit?repository=one')).status).toBe(202);
    expect((await post('commit?repository=two')).status).toBe(409);
    release.resolve();
    await cloud.settle();
    expect(cloud.images.images.map(({ name }) => name)).toEqual(['hello', 'one']);
  });
});

describe('limits', () => {
  it('change at once, on the node and in what is claimed', async () => {
    const answer = await cloud.call('PATCH', `/containers/${id}`, {
      as,
      body: { cpu: '2', memory: '256', name: 'db', auto_heal: true },
    });
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({ cpu: 2, memory: '256', name: 'db', auto_heal: true });
    expect(cloud.node.container(id)?.spec.resources).toMatchObject({ cpu: 2, memory: 256 });
    expect(cloud.placement.claims.get(id)?.resources).toMatchObject({ cpu: 2, memory: 256 });
    const resized = await post('resize_container', { memory: '128' });
    expect([resized.status, resized.body.memory]).toEqual([202, '128']);
  });

  it('stay as they were on a full node, or beyond the quota', async () => {
    cloud.placement.room = 600;
    await cloud.call('PUT', '/quotas/p1', { as: anAdmin(), body: { cpu: 4 } });
    expect((await post('resize_container', { memory: '700' })).status).toBe(409);
    expect((await post('resize_container', { cpu: '5' })).status).toBe(403);
    expect((await post('resize_container', { cpu: '5', memory: '600' })).status).toBe(403);
    expect(await show()).toMatchObject({ cpu: 1, memory: '512' });
    expect(cloud.placement.claims.get(id)?.resources).toMatchObject({ cpu: 1, memory: 512 });
    for (const body of [{ memory: '3' }, { cpu: '17' }, { cpu: 'much' }, { disk: 1 }])
      expect((await post('resize_container', body)).status).toBe(400);
    expect((await post('resize_container', {}, { 'openstack-api-version': 'container 1.18' })).status).toBe(
      406,
    );
  });
});
