import { randomUUID } from 'node:crypto';
import { beforeEach, expect, it } from 'vitest';
import { aCaller, anAdmin } from '#test/support/api.ts';
import { forEachDatabase } from '#test/support/databases.ts';
import { at, HOST, serveVolumes, type VolumeApi } from './volume-api.ts';

const admin = anAdmin();
const stranger = aCaller('p2');
const ofOwner = { ...admin, project: aCaller('p1').project };

forEachDatabase('backups', (open) => {
  let cloud: VolumeApi;
  let volume: string;
  beforeEach(async () => {
    cloud = await serveVolumes(open);
    volume = await cloud.volume();
  });
  const ask = (fields: object = {}) =>
    cloud.call('POST', '/backups', { body: { backup: { volume_id: volume, ...fields } } });
  const backup = async (fields: object = {}) => {
    const { id } = await cloud.make('/backups', { backup: { volume_id: volume, name: 'b', ...fields } });
    await cloud.settle();
    return String(id);
  };
  const shown = (id: string) => cloud.show(`/backups/${id}`);
  const failing = (kind: string) => {
    cloud.nodes.says = (report) =>
      (report.kind === kind
        ? { ...report, status: 'error', failed: true, reason: 'torn' }
        : report) as typeof report;
  };

  it('are copied by the node of the volume, which returns to what it was', async () => {
    const answer = await ask({ name: 'b', metadata: { a: 'b' } });
    expect(answer.status).toBe(202);
    expect(Object.keys(answer.body.backup)).toEqual(['id', 'name', 'links']);
    const { id } = answer.body.backup;
    expect(await cloud.show(`/volumes/${volume}`)).toMatchObject({ status: 'backing-up' });
    expect(await cloud.desired.list(HOST)).toMatchObject([
      { kind: 'volume' },
      {
        kind: 'copy',
        id,
        spec: { from: { volume }, to: { kind: 'backup', id, volumeId: volume, parent: null } },
      },
    ]);
    await cloud.settle();
    expect(await shown(id)).toMatchObject({
      status: 'available',
      size: 1,
      object_count: 2,
      is_incremental: false,
      has_dependent_backups: false,
      fail_reason: null,
      metadata: { a: 'b' },
    });
    expect(await cloud.show(`/volumes/${volume}`)).toMatchObject({ status: 'available' });
    expect(await cloud.desired.list(HOST)).toHaveLength(1);
  });

  it('of snapshots leave the volume alone', async () => {
    const { id: snapshot_id } = await cloud.make('/snapshots', { snapshot: { volume_id: volume } });
    expect((await ask({ snapshot_id })).status).toBe(400);
    await cloud.settle();
    const { id } = (await ask({ snapshot_id })).body.backup;
    expect(await cloud.show(`/volumes/${volume}`)).toMatchObject({ status: 'available' });
    expect(await cloud.show(`/snapshots/${snapshot_id}`)).toMatchObject({ status: 'backing-up' });
    await cloud.settle();
    expect(await cloud.show(`/snapshots/${snapshot_id}`)).toMatchObject({ status: 'available' });
    expect(await shown(id)).toMatchObject({ snapshot_id, status: 'available' });
  });

  it('of volumes in use must be forced', async () => {
    await cloud.action(`/volumes/${volume}`, {
      'os-attach': { instance_uuid: 'vm', mountpoint: '/dev/vdb' },
    });
    expect((await ask()).status).toBe(400);
    await backup({ force: true });
    expect(await cloud.show(`/volumes/${volume}`)).toMatchObject({ status: 'in-use' });
  });

  it('build upon the latest one, which then cannot be deleted', async () => {
    expect((await ask({ incremental: true })).body.badRequest.message).toContain('No backups available');
    const first = await backup();
    const second = await backup({ incremental: true });
    expect(await shown(second)).toMatchObject({ is_incremental: true });
    expect(await shown(first)).toMatchObject({ has_dependent_backups: true });
    expect((await cloud.call('DELETE', `/backups/${first}`)).status).toBe(400);
    for (const id of [second, first]) {
      expect((await cloud.call('DELETE', `/backups/${id}`)).status).toBe(202);
      await cloud.settle();
      expect((await cloud.call('GET', `/backups/${id}`)).status).toBe(404);
    }
  });

  it('that fail say why', async () => {
    failing('copy');
    const id = await backup();
    expect(await shown(id)).toMatchObject({ status: 'error', fail_reason: 'torn' });
    expect(await cloud.show(`/volumes/${volume}`)).toMatchObject({ status: 'available' });
    expect((await cloud.call('POST', `/backups/${id}/restore`, { body: { restore: {} } })).status).toBe(400);
  });

  it('are restored to a new volume, with its metadata', async () => {
    await cloud.call('PUT', `/volumes/${volume}`, { body: { volume: { metadata: { a: 'b' } } } });
    const id = await backup();
    const { restore } = (await cloud.call('POST', `/backups/${id}/restore`, { body: { restore: {} } })).body;
    expect(restore).toMatchObject({ backup_id: id, volume_name: `restore_backup_${id}` });
    expect(await shown(id)).toMatchObject({ status: 'restoring' });
    expect((await cloud.call('DELETE', `/backups/${id}`)).status).toBe(400);
    await cloud.settle();
    expect(await shown(id)).toMatchObject({ status: 'available' });
    expect(await cloud.show(`/volumes/${restore.volume_id}`)).toMatchObject({
      status: 'available',
      size: 1,
      metadata: { a: 'b' },
    });
  });

  it('are restored over a volume that is large enough', async () => {
    const id = await backup();
    const restore = (volume_id: string) =>
      cloud.call('POST', `/backups/${id}/restore`, { body: { restore: { volume_id } } });
    expect((await restore('nowhere')).status).toBe(404);
    expect((await restore(volume)).status).toBe(202);
    expect(await cloud.show(`/volumes/${volume}`)).toMatchObject({ status: 'restoring-backup' });
    await cloud.settle();
    expect(await cloud.show(`/volumes/${volume}`)).toMatchObject({ status: 'available' });
    expect((await restore(volume)).status).toBe(202);
    failing('volume');
    await cloud.settle();
    expect(await cloud.show(`/volumes/${volume}`)).toMatchObject({ status: 'error_restoring' });
    expect(await shown(id)).toMatchObject({ status: 'available' });
  });

  it('begin volumes from 3.47 on', async () => {
    const backup_id = await backup();
    const make = (version: string) =>
      cloud.call('POST', '/volumes', { body: { volume: { size: 1, backup_id } }, headers: at(version) });
    expect((await make('3.47')).status).toBe(202);
    expect(await cloud.desired.list(HOST)).toContainEqual(
      expect.objectContaining({
        spec: expect.objectContaining({
          content: { revision: 1, source: { kind: 'backup', id: backup_id } },
        }),
      }),
    );
  });

  it('are known again by their record where their pieces are', async () => {
    const id = await backup();
    expect((await cloud.call('GET', `/backups/${id}/export_record`)).status).toBe(403);
    const record = (await cloud.call('GET', `/backups/${id}/export_record`, { as: ofOwner })).body;
    const take = (body: object) => cloud.call('POST', '/backups/import_record', { body, as: ofOwner });
    expect((await take(record)).status).toBe(404);
    const manifest = { version: 1, volumeId: volume, bytes: 1, pieceBytes: 1, pieces: [null] } as const;
    await cloud.backups.putManifest(id, manifest);
    expect((await take(record)).body.badRequest.message).toContain('already exists');
    await cloud.call('DELETE', `/backups/${id}`);
    await cloud.settle();
    await cloud.backups.putManifest(id, manifest);
    const taken = await take(record);
    expect([taken.status, taken.body.backup.id]).toEqual([201, id]);
    expect(await shown(id)).toMatchObject({ status: 'available', name: 'b', object_count: 2 });
    const fields = JSON.parse(Buffer.from(record['backup-record'].backup_url, 'base64').toString());
    const copyId = randomUUID();
    const copy = Buffer.from(JSON.stringify({ ...fields, id: copyId })).toString('base64');
    const copied = await take({ 'backup-record': { ...record['backup-record'], backup_url: copy } });
    expect([copied.status, copied.body.backup.id]).toEqual([201, copyId]);
    expect(await cloud.backups.getManifest(copyId)).toEqual(manifest);
    for (const backup_url of ['!', Buffer.from('{}').toString('base64'), Buffer.from('[').toString('base64')])
      expect(
        (await take({ 'backup-record': { backup_service: 'cinder.backup.drivers.hydria', backup_url } }))
          .status,
      ).toBe(400);
  });

  it('are changed, listed, and hidden from strangers', async () => {
    const id = await backup();
    const put = (backup: object) => cloud.call('PUT', `/backups/${id}`, { body: { backup } });
    expect((await put({ name: 'c' })).status).toBe(200);
    expect((await put({})).status).toBe(400);
    const { body } = await cloud.call('GET', `/backups/detail?volume_id=${volume}&name=c`);
    expect(body.backups).toMatchObject([{ id, name: 'c' }]);
    for (const method of ['GET', 'DELETE'])
      expect((await cloud.call(method, `/backups/${id}`, { as: stranger })).status).toBe(404);
  });

  it('obey the administrator in every state', async () => {
    const { id } = (await ask()).body.backup;
    expect((await cloud.call('DELETE', `/backups/${id}`)).status).toBe(400);
    expect((await cloud.action(`/backups/${id}`, { 'os-force_delete': {} })).status).toBe(403);
    expect(
      (await cloud.action(`/backups/${id}`, { 'os-reset_status': { status: 'error' } }, admin)).status,
    ).toBe(202);
    expect((await cloud.action(`/backups/${id}`, { 'os-force_delete': {} }, admin)).status).toBe(202);
    await cloud.settle();
    expect((await cloud.call('GET', `/backups/${id}`)).status).toBe(404);
    expect(await cloud.show(`/volumes/${volume}`)).toMatchObject({ status: 'available' });
  });

  it('count against backups and their gigabytes', async () => {
    cloud.limits['backup_gigabytes'] = 1;
    await backup();
    expect((await ask()).body.overLimit.message).toContain('allowed Backup gigabytes quota');
    cloud.limits['backups'] = 1;
    expect((await ask()).body.overLimit.message).toBe('Maximum number of backups allowed (1) exceeded');
  });
});
