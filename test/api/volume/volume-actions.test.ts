import { beforeEach, describe, expect, it } from 'vitest';
import { aCaller, anAdmin } from '#test/support/api.ts';
import { forEachDatabase } from '#test/support/databases.ts';
import { fakeImage } from '#test/support/fake-ports.ts';
import { at, HOST, serveVolumes, type VolumeApi } from './volume-api.ts';

const admin = anAdmin();
const fail = (reason: string) => (report: object) =>
  ({ ...report, status: 'error', failed: true, reason }) as never;

/** What each action may begin from; from every other status it is refused. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  'os-extend': ['available', 'in-use'],
  'os-reserve': ['available'],
  'os-unreserve': ['attaching', 'reserved'],
  'os-begin_detaching': ['in-use'],
  'os-roll_detaching': ['detaching'],
  'os-attach': ['available', 'attaching', 'reserved', 'in-use'],
  'os-detach': ['in-use', 'detaching', 'attaching', 'reserved'],
  'os-update_readonly_flag': ['available'],
  'os-volume_upload_image': ['available'],
  'os-reimage': ['available', 'error'],
  delete: ['available', 'error', 'error_restoring', 'error_extending', 'error_managing'],
  transfer: ['available'],
  backup: ['available'],
};
const STATUSES = (
  'creating available attaching in-use detaching reserved maintenance error error_deleting error_restoring ' +
  'error_extending error_managing backing-up awaiting-transfer restoring-backup managing'
).split(' ');

forEachDatabase('actions on volumes', (open) => {
  let cloud: VolumeApi;
  let volume: string;
  beforeEach(async () => {
    cloud = await serveVolumes(open);
    volume = await cloud.volume();
  });
  const act = (body: object, as = aCaller('p1')) => cloud.action(`/volumes/${volume}`, body, as);
  const shown = () => cloud.show(`/volumes/${volume}`);
  const reset = (status: string) => act({ 'os-reset_status': { status } }, admin);

  describe('which status allows which', () => {
    const bodies: Record<string, object> = {
      'os-extend': { new_size: 2 },
      'os-attach': { instance_uuid: 'vm', mountpoint: '/dev/vdb' },
      'os-update_readonly_flag': { readonly: true },
      'os-volume_upload_image': { image_name: 'x' },
      'os-reimage': { image_id: 'cirros' },
    };
    const attempt = async (name: string): Promise<number> => {
      if (name === 'delete') return (await cloud.call('DELETE', `/volumes/${volume}`)).status;
      if (name === 'transfer' || name === 'backup') {
        const path = name === 'transfer' ? '/volume-transfers' : '/backups';
        return (await cloud.call('POST', path, { body: { [name]: { volume_id: volume } } })).status;
      }
      return (await act({ [name]: bodies[name] ?? {} })).status;
    };

    it.each(Object.entries(ALLOWED))('%s', { timeout: 30_000 }, async (name, allowed) => {
      cloud.limits['volumes'] = -1;
      const accepted: string[] = [];
      for (const status of STATUSES) {
        await reset(status);
        const code = await attempt(name);
        expect([status, [202, 400].includes(code)]).toEqual([status, true]);
        if (code === 202) {
          accepted.push(status);
          volume = await cloud.volume();
        }
      }
      expect(accepted.toSorted()).toEqual([...allowed].toSorted());
    });
  });

  describe('os-extend', () => {
    it('has the new size when the node has it', async () => {
      expect((await act({ 'os-extend': { new_size: 3 } })).status).toBe(202);
      expect(await shown()).toMatchObject({ status: 'extending', size: 1 });
      await cloud.settle();
      expect(await shown()).toMatchObject({ status: 'available', size: 3 });
    });

    it('of a volume in use returns to in-use, from 3.42', async () => {
      await act({ 'os-attach': { instance_uuid: 'vm', mountpoint: '/dev/vdb' } });
      const extend = (version: string) =>
        cloud.call('POST', `/volumes/${volume}/action`, {
          body: { 'os-extend': { new_size: 2 } },
          headers: at(version),
        });
      expect((await extend('3.41')).status).toBe(400);
      expect((await extend('3.42')).status).toBe(202);
      await cloud.settle();
      expect(await shown()).toMatchObject({ status: 'in-use', size: 2 });
    });

    it('leaves the size when the node fails, and counts no more than that', async () => {
      cloud.limits['gigabytes'] = 5;
      await act({ 'os-extend': { new_size: 5 } });
      cloud.nodes.says = fail('no space');
      await cloud.settle();
      expect(await shown()).toMatchObject({ status: 'error_extending', size: 1 });
      expect(await cloud.desired.list(HOST)).toMatchObject([{ spec: { size: 1 } }]);
      expect((await cloud.call('POST', '/volumes', { body: { volume: { size: 4 } } })).status).toBe(202);
    });

    it('refuses a size that is not larger, absurd, or beyond the quota', async () => {
      for (const new_size of [1, 0, -1, 'x', null])
        expect([new_size, (await act({ 'os-extend': { new_size } })).status]).toEqual([new_size, 400]);
      cloud.limits['gigabytes'] = 5;
      expect((await act({ 'os-extend': { new_size: 6 } })).status).toBe(413);
      cloud.limits['per_volume_gigabytes'] = 2;
      expect((await act({ 'os-extend': { new_size: 3 } })).status).toBe(413);
    });
  });

  describe('os-retype', () => {
    const type = (name: string, extra_specs: object) =>
      cloud.make('/types', { volume_type: { name, extra_specs } }, admin);

    it('changes between types that the same backend keeps', async () => {
      await type('shared', { volume_backend_name: 'file', multiattach: '<is> True' });
      await type('far', { volume_backend_name: 'nvme' });
      const retype = (new_type: string) => act({ 'os-retype': { new_type, migration_policy: 'on-demand' } });
      expect((await retype('shared')).status).toBe(202);
      expect(await shown()).toMatchObject({ volume_type: 'shared', multiattach: true, status: 'available' });
      expect((await retype('shared')).status).toBe(400);
      expect((await retype('far')).body.badRequest.message).toContain('volumes do not move');
      expect((await retype('nowhere')).status).toBe(404);
      cloud.limits['volumes___DEFAULT__'] = 0;
      expect((await retype('__DEFAULT__')).status).toBe(413);
    });
  });

  describe('images', () => {
    it('os-reimage writes one over the volume', async () => {
      cloud.images.images.push(fakeImage('huge', { containerFormat: 'bare', minDisk: 9 }));
      expect((await act({ 'os-reimage': { image_id: 'huge' } })).status).toBe(400);
      expect((await act({ 'os-reimage': { image_id: 'nowhere' } })).status).toBe(400);
      expect((await act({ 'os-reimage': { image_id: 'cirros' } })).status).toBe(202);
      expect(await shown()).toMatchObject({ status: 'downloading' });
      await cloud.settle();
      expect(await shown()).toMatchObject({ status: 'available', bootable: 'true' });
      expect(await cloud.desired.list(HOST)).toMatchObject([{ spec: { content: { revision: 2 } } }]);
    });

    it('os-volume_upload_image makes one, whose data the node sends', async () => {
      const upload = { image_name: 'mine', disk_format: 'qcow2', container_format: 'bare' };
      const answer = await act({ 'os-volume_upload_image': upload });
      expect(answer.status).toBe(202);
      const { image_id, ...rest } = answer.body['os-volume_upload_image'];
      expect(rest).toMatchObject({
        id: volume,
        status: 'uploading',
        image_name: 'mine',
        visibility: 'shared',
      });
      expect(cloud.images.images).toContainEqual(expect.objectContaining({ id: image_id, name: 'mine' }));
      expect(await shown()).toMatchObject({ status: 'uploading' });
      await cloud.settle();
      expect(await shown()).toMatchObject({ status: 'available' });
      expect(await cloud.desired.list(HOST)).toHaveLength(1);
    });

    it('os-volume_upload_image that fails gives the volume back', async () => {
      await act({ 'os-volume_upload_image': { image_name: 'mine' } });
      cloud.nodes.says = (report) => (report.kind === 'copy' ? fail('lost')(report) : report);
      await cloud.settle();
      expect(await shown()).toMatchObject({ status: 'available' });
      expect(await cloud.desired.list(HOST)).toHaveLength(1);
    });

    it('what the image said can be shown, set and removed', async () => {
      const said = (body: object) => act(body).then(({ body: answer }) => answer?.metadata);
      expect(await said({ 'os-set_image_metadata': { metadata: { os: 'linux' } } })).toEqual({ os: 'linux' });
      expect(await said({ 'os-show_image_metadata': null })).toEqual({ os: 'linux' });
      expect((await act({ 'os-unset_image_metadata': { key: 'os' } })).status).toBe(200);
      expect((await act({ 'os-unset_image_metadata': { key: 'os' } })).status).toBe(404);
      expect((await act({ 'os-set_bootable': { bootable: true } })).status).toBe(200);
      expect(await shown()).toMatchObject({ bootable: 'true' });
    });
  });

  describe('the administrator', () => {
    it('declares states, and nobody else does', async () => {
      expect((await act({ 'os-reset_status': { status: 'error' } })).status).toBe(403);
      expect((await act({ 'os-reset_status': {} }, admin)).status).toBe(400);
      expect((await act({ 'os-reset_status': { status: 'happy' } }, admin)).status).toBe(400);
      await act({ 'os-attach': { instance_uuid: 'vm', mountpoint: '/dev/vdb' } });
      await act({ 'os-reset_status': { status: 'available', attach_status: 'detached' } }, admin);
      expect(await shown()).toMatchObject({ status: 'available', attachments: [] });
    });

    it('deletes by force, in use or not', async () => {
      await act({ 'os-attach': { instance_uuid: 'vm', mountpoint: '/dev/vdb' } });
      expect((await act({ 'os-force_delete': {} })).status).toBe(403);
      expect((await act({ 'os-force_delete': {} }, admin)).status).toBe(202);
      await cloud.settle();
      expect((await cloud.call('GET', `/volumes/${volume}`)).status).toBe(404);
    });
  });

  it('refuses none, unknown and several at once', async () => {
    for (const body of [{}, { 'os-dance': {} }, { 'os-reserve': {}, 'os-unreserve': {} }])
      expect([body, (await act(body)).status]).toEqual([body, 400]);
  });
});
