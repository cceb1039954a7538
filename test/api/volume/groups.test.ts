import { beforeEach, describe, expect, it } from 'vitest';
import { aCaller, anAdmin } from '#test/support/api.ts';
import { forEachDatabase } from '#test/support/databases.ts';
import { at, HOST, serveVolumes, type VolumeApi } from './volume-api.ts';

const admin = anAdmin();
const stranger = aCaller('p2');
const reader = aCaller('p1', ['reader']);

forEachDatabase('groups of volumes', (open) => {
  let cloud: VolumeApi;
  let groupType: string;
  beforeEach(async () => {
    cloud = await serveVolumes(open);
    groupType = (await cloud.make('/group_types', { group_type: { name: 'common' } }, admin)).id;
    await cloud.call('GET', '/types');
  });
  const byAdmin = (method: string, path: string, body?: unknown) =>
    cloud.call(method, path, { as: admin, ...(body !== undefined && { body }) });
  const makeGroup = async (fields: object = {}): Promise<string> =>
    (
      await cloud.make('/groups', {
        group: { name: 'g', group_type: groupType, volume_types: ['__DEFAULT__'], ...fields },
      })
    ).id;
  const update = (id: string, group: object) => cloud.call('PUT', `/groups/${id}`, { body: { group } });
  const remove = (id: string, along = true) =>
    cloud.action(`/groups/${id}`, { delete: { 'delete-volumes': along } });
  const volumesIn = async (id: string): Promise<string[]> =>
    (await cloud.show(`/groups/${id}?list_volume=True`)).volumes;
  const snapshotOf = async (group_id: string): Promise<string> => {
    const { id } = await cloud.make('/group_snapshots', { group_snapshot: { group_id, name: 's' } });
    await cloud.settle();
    return id;
  };
  const copy = (body: object) => cloud.call('POST', '/groups/action', { body: { 'create-from-src': body } });

  describe('group types', () => {
    it('are made, listed, changed and deleted by administrators, and specs are theirs to see', async () => {
      const group_specs = { consistent_group_snapshot_enabled: '<is> False' };
      const body = { group_type: { name: 'x', description: 'd', group_specs, is_public: false } };
      const made = await byAdmin('POST', '/group_types', body);
      expect([made.status, made.body.group_type]).toMatchObject([202, body.group_type]);
      const path = `/group_types/${made.body.group_type.id}`;
      expect((await cloud.call('GET', path)).status).toBe(404);
      const changed = await byAdmin('PUT', path, { group_type: { name: 'y', is_public: true } });
      expect(changed.body.group_type).toMatchObject({ name: 'y', description: 'd', is_public: true });
      expect((await cloud.call('GET', path)).body.group_type).not.toHaveProperty('group_specs');
      const names = async (query: string) =>
        (await byAdmin('GET', `/group_types${query}`)).body.group_types.map(
          ({ name }: { name: string }) => name,
        );
      expect(await names('?sort=name:desc&is_public=None')).toEqual(['y', 'common']);
      expect(await names('?is_public=False')).toEqual([]);
      expect((await byAdmin('DELETE', path)).status).toBe(202);
      expect((await byAdmin('GET', path)).status).toBe(404);
      expect((await byAdmin('GET', '/group_types/default')).status).toBe(404);
    });

    it('refuse twins, empty changes, deletion in use, and other people', async () => {
      const create = (group_type: object) => byAdmin('POST', '/group_types', { group_type });
      expect((await create({ name: 'common' })).status).toBe(409);
      expect((await create({ name: ' ' })).status).toBe(400);
      expect((await create({})).status).toBe(400);
      expect((await byAdmin('PUT', `/group_types/${groupType}`, { group_type: {} })).status).toBe(400);
      await makeGroup();
      expect((await byAdmin('DELETE', `/group_types/${groupType}`)).status).toBe(400);
      const body = { group_type: { name: 'mine' } };
      expect((await cloud.call('POST', '/group_types', { body })).status).toBe(403);
      const old = await cloud.call('GET', '/group_types', { headers: at('3.10') });
      expect(old.status).toBe(404);
    });

    it('have specs, set one by one or together', async () => {
      const path = `/group_types/${groupType}/group_specs`;
      const set = await byAdmin('POST', path, { group_specs: { a: '1', b: '2' } });
      expect([set.status, set.body]).toEqual([202, { group_specs: { a: '1', b: '2' } }]);
      expect((await byAdmin('PUT', `${path}/b`, { b: '3' })).body).toEqual({ b: '3' });
      expect((await byAdmin('PUT', `${path}/b`, { c: '3' })).status).toBe(400);
      expect((await byAdmin('GET', path)).body).toEqual({ group_specs: { a: '1', b: '3' } });
      expect((await byAdmin('DELETE', `${path}/a`)).status).toBe(202);
      expect((await byAdmin('DELETE', `${path}/a`)).status).toBe(404);
      expect((await byAdmin('GET', `${path}/a`)).status).toBe(404);
      expect((await byAdmin('GET', `${path}/b`)).body).toEqual({ b: '3' });
      expect((await cloud.call('GET', path)).status).toBe(403);
    });
  });

  describe('groups', () => {
    it('take volumes when those are made, and are shown with them', async () => {
      const id = await makeGroup();
      const volume = await cloud.volume({ group_id: id });
      expect((await cloud.show(`/volumes/${volume}`)).group_id).toBe(id);
      const { id: type } = await cloud.show('/types/default');
      expect(await cloud.show(`/groups/${id}?list_volume=True`)).toMatchObject({
        id,
        name: 'g',
        status: 'available',
        group_type: groupType,
        volume_types: [type],
        volumes: [volume],
        group_snapshot_id: null,
        source_group_id: null,
      });
      expect((await cloud.call('GET', '/groups')).body.groups).toEqual([{ id, name: 'g' }]);
      const { body } = await cloud.call('GET', '/groups/detail?list_volume=True');
      expect(body.groups[0].volumes).toEqual([volume]);
      expect((await cloud.call('GET', '/groups', { headers: at('3.12') })).status).toBe(404);
    });

    it('take and leave volumes by updates', async () => {
      const id = await makeGroup();
      const [a, b] = [await cloud.volume({ group_id: id }), await cloud.volume()];
      const changed = await update(id, { name: 'h', add_volumes: b, remove_volumes: a });
      expect(changed.status).toBe(202);
      expect([(await cloud.show(`/groups/${id}`)).name, await volumesIn(id)]).toEqual(['h', [b]]);
      expect((await update(id, {})).status).toBe(400);
      expect((await update(id, { add_volumes: 'nothing' })).status).toBe(400);
      expect((await update(id, { remove_volumes: a })).status).toBe(400);
      const other = await makeGroup();
      expect((await update(other, { add_volumes: `${a},${b}` })).status).toBe(400);
      expect(await volumesIn(other)).toEqual([]);
    });

    it('refuse volumes of other types, and of other projects', async () => {
      await cloud.make('/types', { volume_type: { name: 'fast' } }, admin);
      const id = await makeGroup();
      const create = (volume: object, as = aCaller('p1')) =>
        cloud.call('POST', '/volumes', { as, body: { volume: { size: 1, group_id: id, ...volume } } });
      expect((await create({ volume_type: 'fast' })).status).toBe(400);
      expect((await create({}, stranger)).status).toBe(404);
      expect((await create({ group_id: 'nothing' })).status).toBe(404);
      const foreign = (await cloud.make('/volumes', { volume: { size: 1 } }, stranger)).id;
      expect((await update(id, { add_volumes: foreign })).status).toBe(400);
    });

    it('keep their volumes from being deleted alone; both go together', async () => {
      const id = await makeGroup();
      const volume = await cloud.volume({ group_id: id });
      expect((await cloud.call('DELETE', `/volumes/${volume}`)).status).toBe(400);
      expect((await remove(id, false)).status).toBe(400);
      expect((await remove(id)).status).toBe(202);
      expect([(await cloud.show(`/groups/${id}`)).status, await volumesIn(id)]).toEqual([
        'deleting',
        [volume],
      ]);
      await cloud.settle();
      expect((await cloud.call('GET', `/groups/${id}`)).status).toBe(404);
      expect((await cloud.call('GET', `/volumes/${volume}`)).status).toBe(404);
      expect(await cloud.desired.list(HOST)).toEqual([]);
    });

    it('go at once when they are empty', async () => {
      const id = await makeGroup();
      expect((await remove(id, false)).status).toBe(202);
      expect((await cloud.call('GET', `/groups/${id}`)).status).toBe(404);
    });

    it('are counted', async () => {
      cloud.limits['groups'] = 1;
      await makeGroup();
      const group = { name: 'g', group_type: groupType, volume_types: ['__DEFAULT__'] };
      expect((await cloud.call('POST', '/groups', { body: { group } })).status).toBe(413);
    });

    it('are the project’s own, for members to change; administrators declare their state', async () => {
      const id = await makeGroup();
      for (const [method, path, body] of [
        ['GET', `/groups/${id}`, undefined],
        ['PUT', `/groups/${id}`, { group: { name: 'x' } }],
        ['POST', `/groups/${id}/action`, { delete: {} }],
      ] as const) {
        const answer = await cloud.call(method, path, { as: stranger, body });
        expect([method, answer.status]).toEqual([method, 404]);
      }
      const asReader = await cloud.call('PUT', `/groups/${id}`, {
        as: reader,
        body: { group: { name: 'x' } },
      });
      expect(asReader.status).toBe(403);
      const reset = { reset_status: { status: 'error' } };
      expect((await cloud.action(`/groups/${id}`, reset)).status).toBe(403);
      expect((await cloud.action(`/groups/${id}`, reset, admin)).status).toBe(202);
      expect((await cloud.show(`/groups/${id}`)).status).toBe('error');
      expect((await cloud.action(`/groups/${id}`, { reset_status: { status: 'x' } }, admin)).status).toBe(
        400,
      );
    });

    it('refuse types and zones that there are not', async () => {
      const create = (fields: object) =>
        cloud.call('POST', '/groups', {
          body: { group: { group_type: groupType, volume_types: ['__DEFAULT__'], ...fields } },
        });
      expect((await create({ group_type: 'nothing' })).status).toBe(404);
      expect((await create({ volume_types: ['nothing'] })).status).toBe(404);
      expect((await create({ volume_types: [] })).status).toBe(400);
      expect((await create({ availability_zone: 'mars' })).status).toBe(400);
    });
  });

  describe('group snapshots', () => {
    it('are a snapshot of each volume, made and deleted together', async () => {
      const group_id = await makeGroup();
      const volumes = [await cloud.volume({ group_id }), await cloud.volume({ group_id })];
      const made = await cloud.make('/group_snapshots', { group_snapshot: { group_id, name: 's' } });
      expect(made).toEqual({ id: made.id, name: 's', group_type_id: groupType });
      const path = `/group_snapshots/${made.id}`;
      expect((await cloud.show(path)).status).toBe('creating');
      await cloud.settle();
      expect(await cloud.show(path)).toMatchObject({
        status: 'available',
        group_id,
        group_type_id: groupType,
      });
      const { snapshots } = (await cloud.call('GET', '/snapshots/detail')).body;
      expect(snapshots.map((one: { volume_id: string }) => one.volume_id).toSorted()).toEqual(
        volumes.toSorted(),
      );
      expect(snapshots[0].group_snapshot_id).toBe(made.id);
      expect((await cloud.call('DELETE', `/snapshots/${snapshots[0].id}`)).status).toBe(400);
      expect((await remove(group_id)).status).toBe(400);
      expect((await cloud.call('DELETE', path)).status).toBe(202);
      expect((await cloud.show(path)).status).toBe('deleting');
      await cloud.settle();
      expect((await cloud.call('GET', path)).status).toBe(404);
      expect((await cloud.call('GET', '/snapshots')).body.snapshots).toEqual([]);
    });

    it('fail when one of their snapshots does', async () => {
      const group_id = await makeGroup();
      await cloud.volume({ group_id });
      cloud.nodes.says = (report) =>
        report.kind === 'snapshot' ? { ...report, status: 'error', reason: 'full', failed: true } : report;
      const id = await snapshotOf(group_id);
      expect((await cloud.show(`/group_snapshots/${id}`)).status).toBe('error');
      expect((await cloud.call('DELETE', `/group_snapshots/${id}`)).status).toBe(202);
      expect((await cloud.call('GET', `/group_snapshots/${id}`)).status).toBe(404);
    });

    it('are of groups with volumes, and the project’s own', async () => {
      const group_id = await makeGroup();
      const create = (body: object, as = aCaller('p1')) =>
        cloud.call('POST', '/group_snapshots', { as, body: { group_snapshot: body } });
      expect((await create({ group_id })).status).toBe(400);
      expect((await create({ group_id }, stranger)).status).toBe(404);
      expect((await create({})).status).toBe(400);
      await cloud.volume({ group_id });
      const path = `/group_snapshots/${await snapshotOf(group_id)}`;
      expect((await cloud.call('GET', path, { as: stranger })).status).toBe(404);
      expect((await cloud.call('DELETE', path, { as: stranger })).status).toBe(404);
      expect((await cloud.call('DELETE', path, { as: reader })).status).toBe(403);
      const reset = { reset_status: { status: 'error' } };
      expect((await cloud.action(path, reset)).status).toBe(403);
      expect((await cloud.action(path, reset, admin)).status).toBe(202);
      const { body } = await cloud.call('GET', `/group_snapshots/detail?group_id=${group_id}&status=error`);
      expect(body.group_snapshots).toHaveLength(1);
    });

    it('are all or nothing when quota runs out', async () => {
      const group_id = await makeGroup();
      await cloud.volume({ group_id });
      await cloud.volume({ group_id });
      cloud.limits['snapshots'] = 1;
      const body = { group_snapshot: { group_id } };
      expect((await cloud.call('POST', '/group_snapshots', { body })).status).toBe(413);
      expect((await cloud.call('GET', '/group_snapshots')).body.group_snapshots).toEqual([]);
      expect((await cloud.call('GET', '/snapshots')).body.snapshots).toEqual([]);
    });
  });

  describe('copies', () => {
    it.each(['group', 'snapshot'])(
      'of a %s have a copy of each volume, and are available with them',
      async (of) => {
        const group_id = await makeGroup();
        const volume = await cloud.volume({ group_id, size: 2 });
        const from =
          of === 'group' ? { source_group_id: group_id } : { group_snapshot_id: await snapshotOf(group_id) };
        const answer = await copy({ ...from, name: 'copy' });
        expect([answer.status, answer.body.group.name]).toEqual([202, 'copy']);
        const { id } = answer.body.group;
        expect(await cloud.show(`/groups/${id}`)).toMatchObject({ status: 'creating', ...from });
        await cloud.settle();
        expect((await cloud.show(`/groups/${id}`)).status).toBe('available');
        const [made] = await volumesIn(id);
        expect(made).not.toBe(volume);
        expect(await cloud.show(`/volumes/${made}`)).toMatchObject({
          size: 2,
          status: 'available',
          group_id: id,
        });
      },
    );

    it('need one source that has volumes, and quota for all', async () => {
      const group_id = await makeGroup();
      expect((await copy({})).status).toBe(400);
      expect((await copy({ source_group_id: group_id })).status).toBe(400);
      expect((await copy({ source_group_id: group_id, group_snapshot_id: 'x' })).status).toBe(400);
      expect((await copy({ source_group_id: 'nothing' })).status).toBe(404);
      await cloud.volume({ group_id });
      cloud.limits['volumes'] = 1;
      expect((await copy({ source_group_id: group_id })).status).toBe(413);
      expect((await cloud.call('GET', '/groups')).body.groups).toHaveLength(1);
      expect((await cloud.call('GET', '/volumes')).body.volumes).toHaveLength(1);
    });
  });
});
