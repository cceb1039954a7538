import { beforeEach, describe, expect, it } from 'vitest';
import { aCaller, anAdmin } from '#test/support/api.ts';
import { forEachDatabase } from '#test/support/databases.ts';
import { at, serveVolumes, type VolumeApi } from './volume-api.ts';

const admin = anAdmin();
const stranger = aCaller('p2');

forEachDatabase('what stands around volume types', (open) => {
  let cloud: VolumeApi;
  beforeEach(async () => {
    cloud = await serveVolumes(open);
    await cloud.call('GET', '/types');
  });
  const byAdmin = (method: string, path: string, body?: unknown) =>
    cloud.call(method, path, { as: admin, ...(body !== undefined && { body }) });
  const makeType = async (fields: object = {}): Promise<string> =>
    (await cloud.make('/types', { volume_type: { name: 'fast', ...fields } }, admin)).id;
  const makePrivate = () => makeType({ 'os-volume-type-access:is_public': false });
  const change = (type: string, name: string, project: string) =>
    byAdmin('POST', `/types/${type}/action`, { [name]: { project } });

  describe('private types', () => {
    it('are for administrators and for projects with access, in lists, shows and volumes', async () => {
      const type = await makePrivate();
      const seen = async () => {
        const { body } = await cloud.call('GET', '/types');
        const { status } = await cloud.call('GET', `/types/${type}`);
        return [body.volume_types.map(({ name }: { name: string }) => name), status];
      };
      expect(await seen()).toEqual([['__DEFAULT__'], 404]);
      const volume = { volume: { size: 1, volume_type: type } };
      expect((await cloud.call('POST', '/volumes', { body: volume })).status).toBe(404);

      expect((await change(type, 'addProjectAccess', 'p1')).status).toBe(202);
      expect(await seen()).toEqual([['__DEFAULT__', 'fast'], 200]);
      expect((await cloud.call('POST', '/volumes', { body: volume })).status).toBe(202);
      expect((await cloud.call('GET', `/types/${type}`, { as: stranger })).status).toBe(404);

      const { body } = await byAdmin('GET', `/types/${type}/os-volume-type-access`);
      expect(body).toEqual({ volume_type_access: [{ volume_type_id: type, project_id: 'p1' }] });
      expect((await change(type, 'removeProjectAccess', 'p1')).status).toBe(202);
      expect(await seen()).toEqual([['__DEFAULT__'], 404]);
    });

    it('give access once, take it once, and public ones have none', async () => {
      const type = await makePrivate();
      await change(type, 'addProjectAccess', 'p1');
      expect((await change(type, 'addProjectAccess', 'p1')).status).toBe(409);
      await change(type, 'removeProjectAccess', 'p1');
      expect((await change(type, 'removeProjectAccess', 'p1')).status).toBe(404);
      const open = await makeType({ name: 'open' });
      expect((await change(open, 'addProjectAccess', 'p1')).status).toBe(409);
      expect((await byAdmin('GET', `/types/${open}/os-volume-type-access`)).status).toBe(404);
      expect((await change('nothing', 'addProjectAccess', 'p1')).status).toBe(404);
      expect((await byAdmin('POST', `/types/${type}/action`, { addProjectAccess: {} })).status).toBe(400);
    });

    it('are opened by administrators alone', async () => {
      const type = await makePrivate();
      const body = { addProjectAccess: { project: 'p2' } };
      expect((await cloud.call('POST', `/types/${type}/action`, { body })).status).toBe(403);
      expect((await cloud.call('GET', `/types/${type}/os-volume-type-access`)).status).toBe(403);
    });
  });

  describe('encryption', () => {
    const spec = {
      provider: 'luks',
      cipher: 'aes-xts-plain64',
      key_size: 256,
      control_location: 'front-end',
    };

    it('is created, shown whole and by key, changed and deleted', async () => {
      const type = await makeType();
      const path = `/types/${type}/encryption`;
      expect((await byAdmin('GET', path)).body).toEqual({});
      const made = await byAdmin('POST', path, { encryption: spec });
      expect([made.status, made.body.encryption]).toMatchObject([200, { ...spec, volume_type_id: type }]);
      expect((await byAdmin('POST', path, { encryption: spec })).status).toBe(400);
      const update = { encryption: { key_size: 128 } };
      expect((await byAdmin('PUT', `${path}/provider`, update)).body).toEqual(update);
      expect((await byAdmin('GET', path)).body).toMatchObject({ ...spec, key_size: 128, deleted: false });
      expect((await byAdmin('GET', `${path}/cipher`)).body).toEqual({ cipher: 'aes-xts-plain64' });
      expect((await byAdmin('GET', `${path}/nothing`)).status).toBe(404);
      expect((await byAdmin('DELETE', `${path}/provider`)).status).toBe(202);
      expect((await byAdmin('DELETE', `${path}/provider`)).status).toBe(404);
      expect((await byAdmin('GET', path)).body).toEqual({});
    });

    it('is not changed once there are volumes', async () => {
      const type = await makeType();
      await cloud.volume({ volume_type: type });
      const made = await byAdmin('POST', `/types/${type}/encryption`, { encryption: spec });
      expect(made.status).toBe(400);
    });

    it('is not pretended: volumes of such a type are refused', async () => {
      const type = await makeType();
      await byAdmin('POST', `/types/${type}/encryption`, { encryption: spec });
      const body = { volume: { size: 1, volume_type: type } };
      const answer = await cloud.call('POST', '/volumes', { body });
      expect([answer.status, answer.body.badRequest.message]).toEqual([
        400,
        expect.stringMatching(/encrypted/),
      ]);
    });

    it('refuses bad input and other people', async () => {
      const type = await makeType();
      const path = `/types/${type}/encryption`;
      for (const bad of [{}, { ...spec, control_location: 'attic' }, { ...spec, key_size: -1 }])
        expect((await byAdmin('POST', path, { encryption: bad })).status).toBe(400);
      expect((await byAdmin('POST', '/types/nothing/encryption', { encryption: spec })).status).toBe(404);
      expect((await cloud.call('GET', path)).status).toBe(403);
      expect((await cloud.call('POST', path, { body: { encryption: spec } })).status).toBe(403);
    });
  });

  describe('QoS specs', () => {
    const makeQos = async (fields: object = {}): Promise<string> =>
      (
        await cloud.make(
          '/qos-specs',
          { qos_specs: { name: 'gold', read_iops_sec: '2000', ...fields } },
          admin,
        )
      ).id;

    it('keep keys and values beside their name', async () => {
      const id = await makeQos({ consumer: 'front-end' });
      const view = { id, name: 'gold', consumer: 'front-end', specs: { read_iops_sec: '2000' } };
      expect((await byAdmin('GET', '/qos-specs')).body).toEqual({ qos_specs: [view] });
      expect((await byAdmin('GET', `/qos-specs/${id}`)).body).toMatchObject({ qos_specs: view });
      const keys = { qos_specs: { write_iops_sec: '7' } };
      expect((await byAdmin('PUT', `/qos-specs/${id}`, keys)).body).toEqual(keys);
      const removal = { keys: ['read_iops_sec'] };
      expect((await byAdmin('PUT', `/qos-specs/${id}/delete_keys`, removal)).status).toBe(202);
      expect((await byAdmin('PUT', `/qos-specs/${id}/delete_keys`, removal)).status).toBe(404);
      const { body } = await byAdmin('GET', `/qos-specs/${id}`);
      expect(body.qos_specs.specs).toEqual({ write_iops_sec: '7' });
    });

    it('are associated with types, one each, and leave them one by one or all at once', async () => {
      const id = await makeQos();
      const other = await makeQos({ name: 'silver' });
      const types = [await makeType(), await makeType({ name: 'slow' })];
      const associated = async () =>
        (await byAdmin('GET', `/qos-specs/${id}/associations`)).body.qos_associations.map(
          (one: { name: string }) => one.name,
        );
      for (const type of types)
        expect((await byAdmin('GET', `/qos-specs/${id}/associate?vol_type_id=${type}`)).status).toBe(202);
      expect(await associated()).toEqual(['fast', 'slow']);
      expect((await byAdmin('GET', `/qos-specs/${other}/associate?vol_type_id=${types[0]}`)).status).toBe(
        400,
      );
      expect((await byAdmin('GET', `/types/${types[0]}`)).body.volume_type.qos_specs_id).toBe(id);
      expect((await byAdmin('DELETE', `/qos-specs/${id}`)).status).toBe(400);
      await byAdmin('GET', `/qos-specs/${id}/disassociate?vol_type_id=${types[0]}`);
      expect(await associated()).toEqual(['slow']);
      await byAdmin('GET', `/qos-specs/${id}/disassociate_all`);
      expect(await associated()).toEqual([]);
      await byAdmin('GET', `/qos-specs/${id}/associate?vol_type_id=${types[1]}`);
      expect((await byAdmin('DELETE', `/qos-specs/${id}?force=True`)).status).toBe(202);
      expect((await byAdmin('GET', `/types/${types[1]}`)).body.volume_type.qos_specs_id).toBeNull();
      expect((await byAdmin('GET', `/qos-specs/${id}`)).status).toBe(404);
    });

    it('refuse bad input, twins and other people', async () => {
      const id = await makeQos();
      const create = (qos_specs: object) => byAdmin('POST', '/qos-specs', { qos_specs });
      expect((await create({ name: 'gold' })).status).toBe(409);
      expect((await create({ name: '' })).status).toBe(400);
      expect((await create({ name: 'x', consumer: 'nobody' })).status).toBe(400);
      expect((await byAdmin('PUT', `/qos-specs/${id}`, { qos_specs: {} })).status).toBe(400);
      expect((await byAdmin('GET', `/qos-specs/${id}/associate`)).status).toBe(400);
      expect((await byAdmin('GET', `/qos-specs/${id}/associate?vol_type_id=nothing`)).status).toBe(404);
      expect((await cloud.call('GET', '/qos-specs')).status).toBe(403);
    });
  });

  describe('default types of projects', () => {
    it('hold for volumes that name none, and keep their type from deletion', async () => {
      const type = await makeType();
      const set = await byAdmin('PUT', '/default-types/p1', { default_type: { volume_type: 'fast' } });
      const view = { project_id: 'p1', volume_type_id: type };
      expect([set.status, set.body]).toEqual([200, { default_type: view }]);
      const { volume_type } = await cloud.make('/volumes', { volume: { size: 1 } });
      expect(volume_type).toBe('fast');
      expect((await cloud.show('/types/default')).id).toBe(type);
      expect((await byAdmin('GET', '/default-types')).body).toEqual({ default_types: [view] });
      expect((await byAdmin('DELETE', `/types/${type}`)).status).toBe(400);
      expect((await byAdmin('DELETE', '/default-types/p1')).status).toBe(204);
      expect((await byAdmin('GET', '/default-types/p1')).status).toBe(404);
      expect((await cloud.show('/types/default')).name).toBe('__DEFAULT__');
    });

    it('are set by administrators, from version 3.62 on, to types that there are', async () => {
      const body = { default_type: { volume_type: 'nothing' } };
      expect((await byAdmin('PUT', '/default-types/p1', body)).status).toBe(404);
      expect((await cloud.call('PUT', '/default-types/p1', { body })).status).toBe(403);
      const old = await cloud.call('GET', '/default-types', { as: admin, headers: at('3.61') });
      expect(old.status).toBe(404);
    });
  });
});
