import { beforeEach, describe, expect, it } from 'vitest';
import { aCaller, anAdmin } from '#test/support/api.ts';
import type { Report } from '#node/protocol.ts';
import { ManualClock } from '#test/support/manual-clock.ts';
import { until } from '#test/support/until.ts';
import { forEachDatabase } from '#test/support/databases.ts';
import { at, HOST, serveVolumes, type VolumeApi } from './volume-api.ts';

const admin = anAdmin();
const stranger = aCaller('p2');
const connector = { host: HOST, initiator: 'iqn.x', mountpoint: '/dev/vdb' };

forEachDatabase('attachments', (open) => {
  let cloud: VolumeApi;
  let volume: string;
  beforeEach(async () => {
    cloud = await serveVolumes(open);
    volume = await cloud.volume();
  });
  const attach = (fields: object = {}, on = volume) =>
    cloud.call('POST', '/attachments', {
      body: { attachment: { volume_uuid: on, instance_uuid: 'vm', ...fields } },
    });
  const status = async () => (await cloud.show(`/volumes/${volume}`)).status;
  const shared = async () => {
    const volume_type = { name: 'shared', extra_specs: { multiattach: '<is> True' } };
    await cloud.make('/types', { volume_type }, admin);
    return cloud.volume({ volume_type: 'shared' });
  };

  describe('the flow since 3.27', () => {
    it('reserves, connects on the node, is in use, and lets go', async () => {
      const { body } = await attach();
      const { id } = body.attachment;
      expect(body.attachment).toMatchObject({ status: 'reserved', instance: 'vm', connection_info: {} });
      expect(await status()).toBe('reserved');
      const put = await cloud.call('PUT', `/attachments/${id}`, { body: { attachment: { connector } } });
      expect(put.body.attachment).toMatchObject({
        status: 'attaching',
        connection_info: { driver_volume_type: 'local', device_path: `/dev/${volume}` },
      });
      expect(await cloud.desired.list(HOST)).toMatchObject([
        { kind: 'volume' },
        { kind: 'attachment', id, spec: { volumeId: volume, mode: 'rw' } },
      ]);
      await cloud.settle();
      const { connection_info } = await cloud.show(`/attachments/${id}`);
      expect(connection_info).toMatchObject({ device_path: `/dev/${volume}`, access_mode: 'rw' });
      expect((await cloud.action(`/attachments/${id}`, { 'os-complete': null })).status).toBe(204);
      expect(await cloud.show(`/volumes/${volume}`)).toMatchObject({
        status: 'in-use',
        attachments: [
          { id: volume, attachment_id: id, server_id: 'vm', device: '/dev/vdb', host_name: HOST },
        ],
      });
      expect((await cloud.call('DELETE', `/volumes/${volume}`)).status).toBe(400);
      const left = await cloud.call('DELETE', `/attachments/${id}`);
      expect([left.status, left.body]).toEqual([200, { attachments: [] }]);
      expect(await status()).toBe('available');
      expect(await cloud.desired.list(HOST)).toHaveLength(1);
    });

    it('connects at once with a connector, and only on the node that keeps the volume', async () => {
      const elsewhere = await attach({ connector: { host: 'node-2' } });
      expect(elsewhere.body.badRequest.message).toContain('kept by node node-1');
      expect(await status()).toBe('available');
      expect((await attach({ connector: { initiator: 'iqn.x' } })).body.attachment.status).toBe('attaching');
    });

    it('refuses a second holder, unless the type allows several; the same one never twice', async () => {
      expect((await attach()).status).toBe(200);
      expect((await attach({ instance_uuid: 'vm-2' })).status).toBe(400);
      const many = await shared();
      for (const instance_uuid of ['vm-1', 'vm-2']) {
        const { id } = (await attach({ instance_uuid, connector }, many)).body.attachment;
        await cloud.action(`/attachments/${id}`, { 'os-complete': {} });
      }
      expect(await cloud.show(`/volumes/${many}`)).toMatchObject({ status: 'in-use', attachments: [{}, {}] });
      expect((await attach({ instance_uuid: 'vm-1' }, many)).status).toBe(400);
    });

    it('has faults for what is wrong', async () => {
      expect((await attach({}, 'nowhere')).status).toBe(404);
      const { id } = (await attach()).body.attachment;
      expect((await cloud.action(`/attachments/${id}`, { 'os-complete': null })).status).toBe(400);
      expect((await cloud.action(`/attachments/${id}`, { 'os-dance': null })).status).toBe(400);
      expect((await cloud.call('GET', `/attachments/${id}`, { headers: at('3.26') })).status).toBe(404);
      for (const method of ['GET', 'DELETE'])
        expect((await cloud.call(method, `/attachments/${id}`, { as: stranger })).status).toBe(404);
      expect((await cloud.call('GET', '/attachments', { as: stranger })).body.attachments).toEqual([]);
      const { body } = await cloud.call('GET', '/attachments/detail?instance_id=vm');
      expect(body.attachments).toMatchObject([{ id, volume_id: volume, attach_mode: 'rw' }]);
    });

    it('waits for the device, whichever report brings it', async () => {
      cloud.nodes.says = (report) =>
        ({ ...report, status: 'working', reason: 'waiting for a loop device' }) as Report;
      const asked = attach({ connector });
      await until('the node was told', async () =>
        cloud.nodes.puts.some(({ objects }) => objects.length > 0),
      );
      cloud.nodes.says = (report) => report;
      await cloud.settle();
      expect((await asked).body.attachment.connection_info).toMatchObject({ device_path: `/dev/${volume}` });
    });

    it('says after 30 s what the node waits for, and may be asked again', async () => {
      const clock = new ManualClock();
      const slow = await serveVolumes(open, clock);
      const { id: slowVolume } = await slow.make('/volumes', { volume: { size: 1 } });
      await slow.nodes.reportReady(slow.desired, HOST);
      slow.nodes.says = (report) =>
        ({ ...report, status: 'working', reason: 'waiting for a loop device' }) as Report;
      const body = { attachment: { volume_uuid: slowVolume, connector } };
      const asked = slow.call('POST', '/attachments', { body });
      await until('the node was told', async () =>
        slow.nodes.puts.some(({ objects }) => objects.some(({ kind }) => kind === 'attachment')),
      );
      await slow.nodes.reportReady(slow.desired, HOST); // and has said why it waits
      await clock.asleep();
      clock.advance(30_000);
      const { status, text } = await asked;
      expect([status, text]).toEqual([503, expect.stringContaining('waiting for a loop device')]);
      slow.nodes.says = (report) => report;
      const [{ id }] = (await slow.call('GET', '/attachments')).body.attachments;
      const again = await slow.call('PUT', `/attachments/${id}`, { body: { attachment: { connector } } });
      expect(again.body.attachment.connection_info.device_path).toBe(`/dev/${slowVolume}`);
    });

    it('says when the node cannot make the device', async () => {
      cloud.nodes.says = (report) =>
        report.kind === 'attachment'
          ? { ...report, status: 'error', failed: true, reason: 'no loop device is free' }
          : report;
      const refused = await attach({ connector });
      expect(refused.status).toBe(500);
      expect(refused.body.computeFault.message).toContain('no loop device is free');
      const [{ id }] = (await cloud.call('GET', '/attachments')).body.attachments;
      expect(await cloud.show(`/attachments/${id}`)).toMatchObject({ status: 'error_attaching' });
      expect((await cloud.call('DELETE', `/attachments/${id}`)).status).toBe(200);
      expect(await status()).toBe('available');
    });
  });

  describe('the actions of old', () => {
    const act = (body: object, as = aCaller('p1')) => cloud.action(`/volumes/${volume}`, body, as);
    const attachTo = { 'os-attach': { instance_uuid: 'vm', mountpoint: '/dev/vdc', mode: 'rw' } };

    it('reserve and give back, attach and detach', async () => {
      expect((await act({ 'os-reserve': {} })).status).toBe(202);
      expect(await status()).toBe('attaching');
      expect((await act({ 'os-unreserve': {} })).status).toBe(202);
      expect(await status()).toBe('available');
      expect((await act(attachTo)).status).toBe(202);
      const { attachments } = await cloud.show(`/volumes/${volume}`);
      expect(attachments).toMatchObject([{ server_id: 'vm', device: '/dev/vdc' }]);
      expect((await act({ 'os-begin_detaching': {} })).status).toBe(202);
      expect(await status()).toBe('detaching');
      expect((await act({ 'os-roll_detaching': {} })).status).toBe(202);
      expect((await act({ 'os-detach': { attachment_id: attachments[0].attachment_id } })).status).toBe(202);
      expect(await status()).toBe('available');
    });

    it('connect first and attach then, to one attachment', async () => {
      const { body } = await act({ 'os-initialize_connection': { connector } });
      expect(body.connection_info).toMatchObject({
        driver_volume_type: 'local',
        data: { host: HOST, device_path: `/dev/${volume}` },
      });
      await act(attachTo);
      expect((await cloud.call('GET', '/attachments')).body.attachments).toHaveLength(1);
      expect((await act({ 'os-terminate_connection': { connector } })).status).toBe(202);
      expect(await status()).toBe('in-use');
      expect(await cloud.desired.list(HOST)).toHaveLength(1);
      expect((await act({ 'os-detach': {} })).status).toBe(202);
      expect(await status()).toBe('available');
    });

    it('do not write to a volume that is read-only, and detach by force for the administrator', async () => {
      await act({ 'os-update_readonly_flag': { readonly: false } });
      expect((await cloud.show(`/volumes/${volume}`)).metadata).toEqual({ readonly: 'False' });
      await act({ 'os-update_readonly_flag': { readonly: true } });
      expect((await cloud.show(`/volumes/${volume}`)).metadata).toEqual({ readonly: 'True' });
      expect((await act(attachTo)).status).toBe(400);
      await act({ 'os-attach': { ...attachTo['os-attach'], mode: 'ro' } });
      expect(await status()).toBe('in-use');
      expect((await act({ 'os-force_detach': {} })).status).toBe(403);
      expect((await act({ 'os-force_detach': {} }, admin)).status).toBe(202);
      expect(await status()).toBe('available');
    });
  });
});
