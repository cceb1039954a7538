import { beforeEach, describe, expect, it } from 'vitest';
import { anAdmin } from '#test/support/api.ts';
import { forEachDatabase } from '#test/support/databases.ts';
import { at, HOST, serveVolumes, type VolumeApi } from './volume-api.ts';

const admin = anAdmin();
const BACKEND = `${HOST}@file`;

forEachDatabase('services and pools of volumes', (open) => {
  let cloud: VolumeApi;
  beforeEach(async () => {
    cloud = await serveVolumes(open);
  });
  const byAdmin = (method: string, path: string, body?: unknown) =>
    cloud.call(method, path, { as: admin, ...(body !== undefined && { body }) });
  const say = (verb: string, body: object) => byAdmin('PUT', `/os-services/${verb}`, body);
  const VOLUME = { host: BACKEND, binary: 'cinder-volume' };
  const servicesOf = async (query = '') => (await byAdmin('GET', `/os-services${query}`)).body.services;
  const statusOfNew = async (volume: object = {}) => {
    const { id } = await cloud.make('/volumes', { volume: { size: 1, ...volume } });
    return (await cloud.show(`/volumes/${id}`)).status;
  };

  describe('services', () => {
    it('are each backend of each node, its backups, and the scheduler', async () => {
      const services = await servicesOf();
      expect(services.map(({ binary, host }: Record<string, string>) => [binary, host])).toEqual([
        ['cinder-scheduler', 'control'],
        ['cinder-volume', BACKEND],
        ['cinder-backup', HOST],
      ]);
      expect(services[1]).toMatchObject({ status: 'enabled', state: 'up', zone: 'nova', frozen: false });
      expect(await servicesOf(`?host=${HOST}`)).toHaveLength(2);
      expect(await servicesOf(`?host=${HOST}&binary=cinder-volume`)).toHaveLength(1);
      cloud.nodes.away.add(HOST);
      expect((await servicesOf())[1].state).toBe('down');
    });

    it('take nothing new while disabled, and say why', async () => {
      const answer = await say('disable-log-reason', { ...VOLUME, disabled_reason: 'new disks' });
      expect([answer.status, answer.body]).toEqual([
        200,
        {
          host: BACKEND,
          binary: 'cinder-volume',
          service: 'cinder-volume',
          disabled: true,
          status: 'disabled',
          disabled_reason: 'new disks',
        },
      ]);
      expect((await servicesOf())[1]).toMatchObject({ status: 'disabled', disabled_reason: 'new disks' });
      expect(await statusOfNew()).toBe('error');
      expect((await say('enable', VOLUME)).body).toMatchObject({ disabled: false, disabled_reason: null });
      expect(await statusOfNew()).toBe('creating');
      await say('disable', VOLUME);
      expect((await servicesOf())[1]).toMatchObject({ status: 'disabled', disabled_reason: null });
    });

    it('make no copies where they are disabled', async () => {
      const source = await cloud.volume();
      await say('disable', VOLUME);
      expect(await statusOfNew({ source_volid: source })).toBe('error');
    });

    it('make no backups while those are disabled', async () => {
      const volume_id = await cloud.volume();
      await say('disable', { host: HOST, binary: 'cinder-backup' });
      const create = () => cloud.call('POST', '/backups', { body: { backup: { volume_id } } });
      expect((await create()).status).toBe(400);
      await say('enable', { host: HOST, binary: 'cinder-backup' });
      expect((await create()).status).toBe(202);
    });

    it('delete nothing and make nothing while frozen', async () => {
      const volume = await cloud.volume();
      expect((await say('freeze', { host: BACKEND })).status).toBe(200);
      expect((await servicesOf())[1].frozen).toBe(true);
      expect((await cloud.call('DELETE', `/volumes/${volume}`)).status).toBe(400);
      expect(await statusOfNew()).toBe('error');
      await say('thaw', { host: BACKEND });
      expect((await cloud.call('DELETE', `/volumes/${volume}`)).status).toBe(202);
    });

    it('are told of by administrators, when there are such', async () => {
      expect((await say('enable', { ...VOLUME, host: 'nowhere' })).status).toBe(404);
      expect((await say('enable', { ...VOLUME, host: HOST })).status).toBe(404);
      expect((await say('disable', { ...VOLUME, binary: 'cinder-cat' })).status).toBe(404);
      expect((await say('disable-log-reason', { ...VOLUME, disabled_reason: null })).status).toBe(400);
      expect((await say('freeze', { host: 'nowhere' })).status).toBe(400);
      expect((await say('thaw', { host: 'nowhere' })).status).toBe(400);
      expect((await cloud.call('GET', '/os-services')).status).toBe(403);
      expect((await cloud.call('PUT', '/os-services/disable', { body: VOLUME })).status).toBe(403);
    });
  });

  describe('hosts', () => {
    it('are listed, and counted by project', async () => {
      await cloud.volume({ size: 2 });
      const hosts = (await byAdmin('GET', '/os-hosts')).body.hosts;
      expect(hosts[1]).toMatchObject({ host_name: BACKEND, service: 'cinder-volume' });
      const usage = { volume_count: '1', total_volume_gb: '2', snapshot_count: '0', total_snapshot_gb: '0' };
      expect((await byAdmin('GET', `/os-hosts/${BACKEND}`)).body.host).toEqual([
        { resource: { host: BACKEND, project: '(total)', ...usage } },
        { resource: { host: BACKEND, project: 'p1', ...usage } },
      ]);
      expect((await byAdmin('GET', '/os-hosts/nowhere')).status).toBe(404);
      expect((await cloud.call('GET', `/os-hosts/${BACKEND}`)).status).toBe(403);
    });

    it('are disabled and enabled', async () => {
      const disabled = await byAdmin('PUT', `/os-hosts/${BACKEND}`, { status: 'disable' });
      expect(disabled.body).toEqual({ host: BACKEND, status: 'disabled' });
      expect((await servicesOf())[1].status).toBe('disabled');
      expect((await byAdmin('PUT', `/os-hosts/${BACKEND}`, { status: 'enable' })).body.status).toBe(
        'enabled',
      );
      expect((await byAdmin('PUT', `/os-hosts/${BACKEND}`, { status: 'tired' })).status).toBe(400);
    });
  });

  describe('pools', () => {
    it('are named, and in detail say what they have and can', async () => {
      await cloud.volume({ size: 4 });
      const name = `${BACKEND}#file`;
      expect((await byAdmin('GET', '/scheduler-stats/get_pools')).body).toEqual({ pools: [{ name }] });
      const { body } = await byAdmin('GET', '/scheduler-stats/get_pools?detail=True');
      expect(body.pools[0]).toMatchObject({
        name,
        capabilities: { total_capacity_gb: 100, allocated_capacity_gb: 4, volume_backend_name: 'file' },
      });
      expect((await byAdmin('GET', '/scheduler-stats/get_pools?name=other')).body.pools).toEqual([]);
      expect((await cloud.call('GET', '/scheduler-stats/get_pools')).status).toBe(403);
    });

    it('say what they can in the same words as capabilities do', async () => {
      const { body } = await byAdmin('GET', `/capabilities/${BACKEND}`);
      expect(body).toMatchObject({
        namespace: `OS::Storage::Capabilities::${BACKEND}`,
        volume_backend_name: 'file',
        storage_protocol: 'local',
      });
      expect((await byAdmin('GET', '/capabilities/nowhere')).status).toBe(404);
    });

    it('are chosen by what the extra specs of a type ask for', async () => {
      const statusFor = async (name: string, extra_specs: object) => {
        await cloud.make('/types', { volume_type: { name, extra_specs } }, admin);
        return statusOfNew({ volume_type: name });
      };
      expect(await statusFor('a', { volume_backend_name: 'file', vendor_name: 'Open Source' })).toBe(
        'creating',
      );
      expect(await statusFor('b', { 'capabilities:thin_provisioning_support': '<is> False' })).toBe(
        'creating',
      );
      expect(await statusFor('c', { storage_protocol: '<or> iSCSI <or> local' })).toBe('creating');
      expect(await statusFor('d', { multiattach: '<is> True', 'driver:anything': 'x' })).toBe('creating');
      expect(await statusFor('e', { storage_protocol: 'iSCSI' })).toBe('error');
      expect(await statusFor('f', { teleports: '<is> True' })).toBe('error');
    });
  });

  describe('facts', () => {
    it('are extensions, filters, zones, no clusters and nothing to clean', async () => {
      const get = async (path: string) => (await cloud.call('GET', path)).body;
      expect((await get('/extensions')).extensions).toContainEqual(
        expect.objectContaining({ alias: 'os-services', links: [] }),
      );
      expect((await get('/extensions/qos-specs')).extension.alias).toBe('qos-specs');
      expect((await cloud.call('GET', '/extensions/cats')).status).toBe(404);
      expect((await get('/resource_filters?resource=pool')).resource_filters).toEqual([
        { resource: 'pool', filters: ['name', 'volume_type'] },
      ]);
      expect(await get('/os-availability-zone')).toEqual({
        availabilityZoneInfo: [{ zoneName: 'nova', zoneState: { available: true } }],
      });
      expect((await byAdmin('GET', '/clusters/detail')).body).toEqual({ clusters: [] });
      expect((await byAdmin('GET', '/clusters/one')).status).toBe(404);
      expect((await byAdmin('POST', '/workers/cleanup', {})).body).toEqual({ cleaning: [], unavailable: [] });
      expect((await byAdmin('POST', '/workers/cleanup', { resource_type: 'Cat' })).status).toBe(400);
      const old = await cloud.call('GET', '/resource_filters', { headers: at('3.32') });
      expect(old.status).toBe(404);
    });
  });
});
