import { beforeEach, describe, expect, it } from 'vitest';
import { anAdmin } from '#test/support/api.ts';
import { forEachDatabase } from '#test/support/databases.ts';
import { at, serveVolumes, type VolumeApi } from './volume-api.ts';

const admin = anAdmin();

forEachDatabase('quotas of volumes', (open) => {
  let cloud: VolumeApi;
  beforeEach(async () => {
    cloud = await serveVolumes(open);
    await cloud.call('GET', '/types');
  });
  const byAdmin = (method: string, path: string, body?: unknown) =>
    cloud.call(method, path, { as: admin, ...(body !== undefined && { body }) });
  const set = (quota_set: object) => byAdmin('PUT', '/os-quota-sets/p1', { quota_set });
  const DEFAULTS = {
    volumes: 10,
    snapshots: 10,
    gigabytes: 1000,
    backups: 10,
    backup_gigabytes: 1000,
    groups: 10,
    per_volume_gigabytes: -1,
    volumes___DEFAULT__: -1,
    snapshots___DEFAULT__: -1,
    gigabytes___DEFAULT__: -1,
  };

  describe('a project', () => {
    it('has the defaults, its own limits over them, and the defaults again', async () => {
      expect(await cloud.show('/os-quota-sets/p1')).toEqual({ id: 'p1', ...DEFAULTS });
      const { status, body } = await set({ volumes: '11', gigabytes___DEFAULT__: 5, tenant_id: 'p1' });
      const changed = { ...DEFAULTS, volumes: 11, gigabytes___DEFAULT__: 5 };
      expect([status, body]).toEqual([200, { quota_set: changed }]);
      expect(await cloud.show('/os-quota-sets/p1')).toEqual({ id: 'p1', ...changed });
      expect(await cloud.show('/os-quota-sets/p1/defaults')).toEqual({ id: 'p1', ...DEFAULTS });
      expect((await byAdmin('DELETE', '/os-quota-sets/p1')).status).toBe(200);
      expect(await cloud.show('/os-quota-sets/p1')).toEqual({ id: 'p1', ...DEFAULTS });
    });

    it('sees what it uses, also of each type', async () => {
      await cloud.volume({ size: 3 });
      const usage = await cloud.show('/os-quota-sets/p1?usage=True');
      expect(usage.volumes).toEqual({ limit: 10, in_use: 1, reserved: 0 });
      expect(usage['gigabytes___DEFAULT__']).toEqual({ limit: -1, in_use: 3, reserved: 0 });
      expect(usage.per_volume_gigabytes).toEqual({ limit: -1, in_use: 0, reserved: 0 });
    });

    it('is held to what was set, with 413', async () => {
      await set({ gigabytes___DEFAULT__: 2 });
      const answer = await cloud.call('POST', '/volumes', { body: { volume: { size: 3 } } });
      expect([answer.status, answer.body.overLimit.message]).toEqual([
        413,
        expect.stringContaining('gigabytes___DEFAULT__'),
      ]);
    });

    it('is shown to itself and administrators, and changed by administrators', async () => {
      expect((await cloud.call('GET', '/os-quota-sets/p2')).status).toBe(403);
      expect((await byAdmin('GET', '/os-quota-sets/p2')).status).toBe(200);
      const body = { quota_set: { volumes: 99 } };
      expect((await cloud.call('PUT', '/os-quota-sets/p1', { body })).status).toBe(403);
      expect((await cloud.call('DELETE', '/os-quota-sets/p1')).status).toBe(403);
    });

    it('refuses limits that are none', async () => {
      for (const bad of [
        { volumes: -2 },
        { volumes: 'many' },
        { volumes: 1.5 },
        { cats: 1 },
        { volumes_cat: 1 },
      ])
        expect([bad, (await set(bad)).status]).toEqual([bad, 400]);
      expect((await byAdmin('PUT', '/os-quota-sets/p1', {})).status).toBe(400);
      expect(await cloud.show('/os-quota-sets/p1')).toMatchObject({ volumes: 10 });
    });
  });

  describe('classes', () => {
    it('named default hold for projects without limits of their own; identity’s limits come over them', async () => {
      const quota_class_set = { volumes: 12, snapshots: 13 };
      const path = '/os-quota-class-sets/default';
      const { status, body } = await byAdmin('PUT', path, { quota_class_set });
      expect([status, body.quota_class_set]).toEqual([200, { ...DEFAULTS, ...quota_class_set }]);
      expect((await byAdmin('GET', path)).body.quota_class_set).toMatchObject({ id: 'default', volumes: 12 });
      cloud.limits['snapshots'] = 3;
      expect(await cloud.show('/os-quota-sets/p1')).toMatchObject({ volumes: 12, snapshots: 3 });
      expect(await cloud.show('/os-quota-sets/p1/defaults')).toMatchObject({ volumes: 12, snapshots: 3 });
    });

    it('are the administrators’', async () => {
      expect((await cloud.call('GET', '/os-quota-class-sets/default')).status).toBe(403);
      const body = { quota_class_set: { volumes: 1 } };
      expect((await cloud.call('PUT', '/os-quota-class-sets/default', { body })).status).toBe(403);
      expect(
        (await byAdmin('PUT', '/os-quota-class-sets/default', { quota_class_set: { x: 1 } })).status,
      ).toBe(400);
    });
  });

  describe('limits', () => {
    it('say what is allowed and used; administrators may ask for another project from 3.39 on', async () => {
      await cloud.volume({ size: 2 });
      const { body } = await cloud.call('GET', '/limits');
      const used = { totalVolumesUsed: 1, totalGigabytesUsed: 2, maxTotalVolumes: 10 };
      expect(body.limits).toMatchObject({ rate: [], absolute: used });
      const absolute = async (version: string) =>
        (await cloud.call('GET', '/limits?project_id=p1', { as: admin, headers: at(version) })).body.limits
          .absolute;
      expect((await absolute('3.39')).totalVolumesUsed).toBe(1);
      expect((await absolute('3.38')).totalVolumesUsed).toBe(0);
      const foreign = await cloud.call('GET', '/limits?project_id=p2');
      expect(foreign.body.limits.absolute.totalVolumesUsed).toBe(1);
    });
  });
});
