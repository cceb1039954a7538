import { beforeEach, describe, expect, it } from 'vitest';
import type { Principal } from '#kernel/http/auth.ts';
import type { Report } from '#node/protocol.ts';
import { aCaller, anAdmin } from '#test/support/api.ts';
import { forEachDatabase } from '#test/support/databases.ts';
import { fakeImage } from '#test/support/fake-ports.ts';
import { at, HOST, serveVolumes, type VolumeApi } from './volume-api.ts';

const admin = anAdmin();
const stranger = aCaller('p2');
const reader = aCaller('p1', ['reader']);

forEachDatabase('volumes', (open) => {
  let cloud: VolumeApi;
  beforeEach(async () => {
    cloud = await serveVolumes(open);
  });
  const create = (volume: object, headers = {}) =>
    cloud.call('POST', '/volumes', { body: { volume }, headers });
  const list = async (query: string, headers = {}) =>
    (await cloud.call('GET', `/volumes${query}`, { headers })).body;

  describe('discovery', () => {
    it('answers without a token', async () => {
      const answer = await cloud.call('GET', '', { headers: { 'x-auth-token': '' } });
      expect(answer.status).toBe(200);
      expect(answer.body.versions).toMatchObject([
        { id: 'v3.0', status: 'CURRENT', version: '3.70', min_version: '3.0' },
      ]);
      expect(answer.body.versions[0].links[1].href).toBe('http://cloud.test/volume/v3/');
    });
  });

  describe('creating a volume', () => {
    it('answers 202 with it creating; it is available when its node has made it', async () => {
      const answer = await create({ size: 2, name: 'data', metadata: { a: 'b' } });
      expect(answer.status).toBe(202);
      const { id } = answer.body.volume;
      expect(answer.body.volume).toMatchObject({
        status: 'creating',
        size: 2,
        bootable: 'false',
        volume_type: '__DEFAULT__',
        metadata: { a: 'b' },
        attachments: [],
        availability_zone: 'nova',
      });
      expect(answer.headers['location']).toBe(`http://cloud.test/volume/v3/p1/volumes/${id}`);
      expect(await cloud.desired.list(HOST)).toMatchObject([
        {
          kind: 'volume',
          id,
          spec: { backend: 'file', size: 2, content: { revision: 1, source: { kind: 'zeros' } } },
        },
      ]);
      await cloud.settle();
      expect(await cloud.show(`/volumes/${id}`)).toMatchObject({ status: 'available', size: 2 });
      expect(cloud.events).toEqual(['volume.volume.creating', 'volume.volume.available']);
    });

    it('fills it from an image, and knows what the image said', async () => {
      const { id } = await cloud.make('/volumes', { volume: { size: 1, imageRef: 'cirros' } });
      const [object] = await cloud.desired.list(HOST);
      expect(object?.spec).toMatchObject({ content: { source: { kind: 'image', format: 'qcow2' } } });
      expect(await cloud.show(`/volumes/${id}`)).toMatchObject({
        bootable: 'true',
        volume_image_metadata: { image_name: 'cirros', disk_format: 'qcow2', min_disk: '1' },
      });
    });

    it('clones a volume on the node that has it, in its size and type', async () => {
      const source = await cloud.volume({ size: 3 });
      const { id } = await cloud.make('/volumes', { volume: { source_volid: source } });
      expect(await cloud.show(`/volumes/${id}`)).toMatchObject({ size: 3, source_volid: source });
      expect((await cloud.call('DELETE', `/volumes/${source}`)).status).toBe(400);
      await cloud.settle();
      expect((await cloud.call('DELETE', `/volumes/${source}`)).status).toBe(202);
    });

    it('refuses what is wrong with Cinder’s faults, and keeps nothing', async () => {
      cloud.images.images.push(fakeImage('large', { containerFormat: 'bare', minDisk: 5 }));
      cloud.images.images.push(fakeImage('empty', { containerFormat: 'bare', status: 'queued', hash: null }));
      cloud.images.images.push(fakeImage('container'));
      const bad: [object, number][] = [
        [{}, 400],
        [{ size: 0 }, 400],
        [{ size: -1 }, 400],
        [{ size: 'much' }, 400],
        [{ size: 1.5 }, 400],
        [{ size: 1, name: 'x'.repeat(256) }, 400],
        [{ size: 1, metadata: { k: 1 } }, 400],
        [{ size: 1, imageRef: 'nowhere' }, 400],
        [{ size: 1, imageRef: 'large' }, 400],
        [{ size: 1, imageRef: 'empty' }, 400],
        [{ size: 1, imageRef: 'container' }, 400],
        [{ size: 1, imageRef: 'cirros', snapshot_id: 'x' }, 400],
        [{ size: 1, availability_zone: 'mars' }, 400],
        [{ size: 1, snapshot_id: 'nowhere' }, 404],
        [{ size: 1, source_volid: 'nowhere' }, 404],
        [{ size: 1, backup_id: 'nowhere' }, 404],
        [{ size: 1, volume_type: 'nowhere' }, 404],
      ];
      for (const [body, status] of bad) {
        const answer = await create(body);
        expect([body, answer.status]).toEqual([body, status]);
        const fault = status === 400 ? 'badRequest' : 'itemNotFound';
        expect(answer.body).toEqual({ [fault]: { code: status, message: expect.stringMatching(/.+/) } });
      }
      expect((await list('')).volumes).toEqual([]);
    });

    it('is for members: readers get 403, and another project in the URL is not found', async () => {
      const body = { volume: { size: 1 } };
      const answer = await cloud.call('POST', '/volumes', { as: reader, body });
      expect([answer.status, answer.body.forbidden.code]).toEqual([403, 403]);
      expect((await cloud.call('POST', '/p2/volumes', { body })).status).toBe(404);
      expect((await cloud.call('POST', '/p1/volumes', { body })).status).toBe(202);
    });

    it('ends in error, with a message, when no node has room for it', async () => {
      const { id } = await cloud.make('/volumes', { volume: { size: 101 } });
      expect(await cloud.show(`/volumes/${id}`)).toMatchObject({ status: 'error' });
      cloud.nodes.away.add(HOST);
      expect(await cloud.make('/volumes', { volume: { size: 1 } })).toMatchObject({ status: 'error' });
      expect((await cloud.call('DELETE', `/volumes/${id}`)).status).toBe(202);
      expect((await cloud.call('GET', `/volumes/${id}`)).status).toBe(404);
    });

    it('says what its node does with it, or why it waits, to those who may see it', async () => {
      const { id } = (await create({ size: 1 })).body.volume;
      const progress = async (as?: Principal) => {
        const { status, body } = await cloud.call('GET', `/volumes/${id}/progress`, as ? { as } : {});
        return body.progress ?? status;
      };
      expect(await progress()).toEqual({ status: 'creating', reason: null });
      cloud.nodes.says = (report) => ({ ...report, status: 'working', reason: 'copying: 40 %' }) as Report;
      await cloud.settle();
      expect(await progress(reader)).toEqual({ status: 'creating', reason: 'copying: 40 %' });
      expect(await progress(stranger)).toBe(404);
      cloud.nodes.says = (report) => report;
      await cloud.settle();
      expect(await progress()).toEqual({ status: 'available', reason: null });
    });

    it('ends in error when its node cannot make it, which then takes it away', async () => {
      cloud.nodes.says = (report) =>
        ({ ...report, status: 'error', failed: true, reason: 'disk full' }) as never;
      const id = await cloud.volume();
      expect(await cloud.show(`/volumes/${id}`)).toMatchObject({ status: 'error' });
      expect(await cloud.desired.list(HOST)).toEqual([]);
    });

    it('413 overLimit beyond each quota, in the words clients know', async () => {
      Object.assign(cloud.limits, { volumes: 2, gigabytes: 5, per_volume_gigabytes: 4 });
      const over = async (size: number) => {
        const { status, body } = await create({ size });
        return [status, body.overLimit?.message];
      };
      expect(await over(5)).toEqual([413, expect.stringContaining('larger than maximum allowed limit 4G')]);
      expect((await over(4))[0]).toBe(202);
      expect(await over(2)).toEqual([
        413,
        expect.stringContaining('Requested 2G, quota is 5G and 4G has been consumed.'),
      ]);
      expect((await over(1))[0]).toBe(202);
      expect(await over(1)).toEqual([
        413,
        expect.stringContaining("allowed (2) exceeded for quota 'volumes'"),
      ]);
    });
  });

  describe('listing volumes', () => {
    it('pages, sorts, filters and counts', async () => {
      for (const [name, size] of [
        ['a', 3],
        ['b', 1],
        ['c', 2],
      ] as const)
        await cloud.make('/volumes', { volume: { name, size, metadata: { letter: name } } });
      const names = async (query: string) =>
        (await list(`/detail?${query}`)).volumes.map((volume: { name: string }) => volume.name);
      expect(await names('sort=name:asc')).toEqual(['a', 'b', 'c']);
      expect(await names('sort=size:desc')).toEqual(['a', 'c', 'b']);
      expect(await names('sort_key=size&sort_dir=asc')).toEqual(['b', 'c', 'a']);
      expect(await names('name=b')).toEqual(['b']);
      expect(await names("metadata={'letter': 'c'}")).toEqual(['c']);
      expect(await names('status=available')).toEqual([]);
      expect(await names('bootable=true')).toEqual([]);
      expect(await names('sort=name:asc&offset=1&limit=1')).toEqual(['b']);
      const first = await list('?sort=size:asc&limit=2&with_count=true');
      expect(first).toMatchObject({ count: 3, volumes: [{ name: 'b' }, { name: 'c' }] });
      const next = new URL(first.volumes_links[0].href);
      expect(next.pathname).toBe('/volume/v3/p1/volumes');
      expect((await list(next.search)).volumes).toMatchObject([{ name: 'a' }]);
      expect(await list('?limit=0')).toMatchObject({ volumes: [] });
      expect(Object.keys(first.volumes[0]).toSorted()).toEqual(['id', 'links', 'name']);
    });

    it('404 for an id that is empty: the list has no slash at its end', async () => {
      for (const method of ['GET', 'PUT', 'DELETE']) {
        const answer = await cloud.call(method, '/volumes/', { body: { volume: { name: 'x' } } });
        expect([method, answer.status, answer.body.itemNotFound.code]).toEqual([method, 404, 404]);
      }
      expect((await cloud.call('GET', '/')).status).toBe(200);
    });

    it('404 for a marker that is not there, 400 for a sort key or a filter that is none', async () => {
      expect((await cloud.call('GET', '/volumes?marker=nobody')).status).toBe(404);
      for (const query of ['sort=colour', 'sort=name:up', 'metadata=x', 'limit=-1'])
        expect([query, (await cloud.call('GET', `/volumes?${query}`)).status]).toEqual([query, 400]);
    });

    it('shows other projects’ to administrators who ask for all', async () => {
      const id = await cloud.volume();
      const ids = async (as = admin, query = '?all_tenants=1') =>
        (await cloud.call('GET', `/volumes${query}`, { as })).body.volumes.map((v: { id: string }) => v.id);
      expect(await ids()).toEqual([id]);
      expect(await ids(admin, '')).toEqual([]);
      expect(await ids(admin, '?all_tenants=1&project_id=p2')).toEqual([]);
      expect(await ids(stranger)).toEqual([]);
    });

    it('sums up from 3.12, with metadata from 3.36', async () => {
      await cloud.volume({ size: 2, metadata: { a: '1' } });
      const summary = (version: string) =>
        cloud.call('GET', '/volumes/summary', { headers: at(version) }).then(({ body }) => body);
      expect(await summary('3.12')).toEqual({ 'volume-summary': { total_count: 1, total_size: 2 } });
      expect(await summary('3.36')).toMatchObject({ 'volume-summary': { metadata: { a: ['1'] } } });
    });
  });

  describe('one volume', () => {
    it('shows what the version and the viewer may know', async () => {
      const id = await cloud.volume();
      const keys = async (version: string, as = aCaller('p1')) =>
        Object.keys((await cloud.call('GET', `/volumes/${id}`, { as, headers: at(version) })).body.volume);
      expect(await keys('3.0')).not.toContain('group_id');
      expect(await keys('3.13')).toContain('group_id');
      expect(await keys('3.48')).toContain('shared_targets');
      expect(await keys('3.63')).toContain('volume_type_id');
      expect(await keys('3.65')).toContain('consumes_quota');
      expect(await keys('3.70')).not.toContain('os-vol-host-attr:host');
      const shown = await cloud.call('GET', `/volumes/${id}`, { as: admin });
      expect(shown.body.volume['os-vol-host-attr:host']).toBe('node-1@file#file');
      expect(shown.body.volume['created_at']).toMatch(/^\d{4}-\d\d-\d\dT[\d:]{8}\.\d{6}$/);
    });

    it('is hidden from strangers', async () => {
      const id = await cloud.volume();
      const calls = [
        ['GET', ''],
        ['DELETE', ''],
        ['GET', '/metadata'],
      ] as const;
      for (const [method, path] of calls)
        expect((await cloud.call(method, `/volumes/${id}${path}`, { as: stranger })).status).toBe(404);
    });

    it('changes name and description; an empty change is refused from 3.53', async () => {
      const id = await cloud.volume();
      const put = (volume: object, version = '3.70') =>
        cloud.call('PUT', `/volumes/${id}`, { body: { volume }, headers: at(version) });
      expect((await put({ name: 'new', description: null })).body.volume).toMatchObject({ name: 'new' });
      expect((await put({ display_name: 'older' })).body.volume).toMatchObject({ name: 'older' });
      expect((await put({})).status).toBe(400);
      expect((await put({}, '3.52')).status).toBe(200);
    });

    it('has metadata, as a whole and entry by entry', async () => {
      const id = await cloud.volume({ metadata: { a: '1' } });
      const on = (method: string, path: string, body?: object) =>
        cloud.call(method, `/volumes/${id}/metadata${path}`, body ? { body } : {});
      expect((await on('POST', '', { metadata: { b: '2' } })).body.metadata).toEqual({ a: '1', b: '2' });
      expect((await on('PUT', '', { metadata: { c: '3' } })).body.metadata).toEqual({ c: '3' });
      expect((await on('PUT', '/c', { meta: { c: '4' } })).body).toEqual({ meta: { c: '4' } });
      expect((await on('PUT', '/c', { meta: { d: '4' } })).status).toBe(400);
      expect((await on('GET', '/c')).body).toEqual({ meta: { c: '4' } });
      expect((await on('DELETE', '/c')).status).toBe(200);
      expect((await on('DELETE', '/c')).status).toBe(404);
      expect((await on('GET', '/toString')).status).toBe(404);
    });
  });

  describe('deleting a volume', () => {
    it('is gone when its node has nothing of it', async () => {
      const id = await cloud.volume();
      expect((await cloud.call('DELETE', `/volumes/${id}`)).status).toBe(202);
      expect(await cloud.show(`/volumes/${id}`)).toMatchObject({ status: 'deleting' });
      expect((await cloud.call('DELETE', `/volumes/${id}`)).status).toBe(202);
      await cloud.settle();
      expect((await cloud.call('GET', `/volumes/${id}`)).status).toBe(404);
      expect((await cloud.call('DELETE', `/volumes/${id}`)).status).toBe(404);
    });

    it('is refused while it is being made; force, which is the administrator’s, is not', async () => {
      const { id } = await cloud.make('/volumes', { volume: { size: 1 } });
      expect((await cloud.call('DELETE', `/volumes/${id}`)).body.badRequest.message).toContain('creating');
      expect((await cloud.call('DELETE', `/volumes/${id}?force=true`)).status).toBe(403);
      expect((await cloud.call('DELETE', `/volumes/${id}?force=true`, { as: admin })).status).toBe(202);
    });
  });

  describe('volume types', () => {
    const type = { name: 'fast', extra_specs: { volume_backend_name: 'nvme', multiattach: '<is> True' } };
    const on = (method: string, path: string, body?: object, as = admin) =>
      cloud.call(method, `/types${path}`, { as, ...(body && { body }) });

    it('are the administrator’s to make, change and delete', async () => {
      expect((await on('POST', '', { volume_type: type }, stranger)).status).toBe(403);
      const made = await on('POST', '', { volume_type: type });
      expect(made.body.volume_type).toMatchObject({
        name: 'fast',
        is_public: true,
        extra_specs: type.extra_specs,
      });
      const { id } = made.body.volume_type;
      expect((await on('POST', '', { volume_type: type })).status).toBe(409);
      expect((await on('POST', '', { volume_type: { name: ' ' } })).status).toBe(400);
      expect((await on('PUT', `/${id}`, { volume_type: { name: 'faster' } })).body.volume_type.name).toBe(
        'faster',
      );
      expect((await on('PUT', `/${id}`, { volume_type: {} })).status).toBe(400);
      expect((await on('DELETE', `/${id}`)).status).toBe(202);
      expect((await on('DELETE', `/${id}`)).status).toBe(404);
    });

    it('have extra specs, of which users see those that are for them', async () => {
      const { id } = (await on('POST', '', { volume_type: type })).body.volume_type;
      const specs = `/${id}/extra_specs`;
      expect((await on('GET', specs, undefined, stranger)).body.extra_specs).toEqual({
        multiattach: '<is> True',
      });
      expect((await on('POST', specs, { extra_specs: { a: 'b' } })).body.extra_specs).toEqual({ a: 'b' });
      expect((await on('PUT', `${specs}/a`, { a: 'c' })).body).toEqual({ a: 'c' });
      expect((await on('PUT', `${specs}/a`, { b: 'c' })).status).toBe(400);
      expect((await on('GET', `${specs}/a`)).body).toEqual({ a: 'c' });
      expect((await on('DELETE', `${specs}/a`)).status).toBe(202);
      expect((await on('GET', `${specs}/a`)).status).toBe(404);
    });

    it('say by which backend a volume is kept; one in use stays', async () => {
      const { id } = (await on('POST', '', { volume_type: type })).body.volume_type;
      expect(await cloud.make('/volumes', { volume: { size: 1, volume_type: 'fast' } })).toMatchObject({
        status: 'error',
      });
      cloud.nodes.volumeBackends = [{ name: 'nvme', total: 9, free: 9, thin: true }];
      const volume = await cloud.make('/volumes', { volume: { size: 20, volume_type: id } });
      expect(volume).toMatchObject({ status: 'creating', multiattach: true, volume_type: 'fast' });
      expect((await on('DELETE', `/${id}`)).status).toBe(400);
    });

    it('always have a default, which cannot be deleted', async () => {
      const { id, name } = (await on('GET', '/default', undefined, stranger)).body.volume_type;
      expect(name).toBe('__DEFAULT__');
      expect((await on('DELETE', `/${id}`)).status).toBe(400);
      await on('POST', '', { volume_type: { name: 'hidden', 'os-volume-type-access:is_public': false } });
      const names = async (as = admin, query = '') =>
        (await on('GET', query, undefined, as)).body.volume_types.map((t: { name: string }) => t.name);
      expect(await names(stranger)).toEqual(['__DEFAULT__']);
      expect(await names(admin, '?is_public=None')).toEqual(['__DEFAULT__', 'hidden']);
    });
  });
});
