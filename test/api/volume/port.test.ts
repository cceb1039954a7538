import { beforeEach, expect, it } from 'vitest';
import { systemClock } from '#kernel/clock.ts';
import { systemCtx, type Ctx } from '#kernel/context.ts';
import { newUuid } from '#kernel/ids.ts';
import { silentLogger } from '#kernel/log.ts';
import { nodeRights } from '#services/volume/store/rights.ts';
import { forEachDatabase } from '#test/support/databases.ts';
import { HOST, serveVolumes, type VolumeApi } from './volume-api.ts';

const project = { id: 'p1', name: 'p1', domain: { id: 'default', name: 'Default' } };
const ctx: Ctx = { ...systemCtx('req-1', { clock: systemClock, log: silentLogger }), project };

forEachDatabase('what others may ask of volumes', (open) => {
  let cloud: VolumeApi;
  beforeEach(async () => {
    cloud = await serveVolumes(open);
  });
  const request = (fields: object = {}) => ({
    id: newUuid(),
    name: 'data',
    size: 1,
    type: null,
    imageId: null,
    snapshotId: null,
    host: null,
    ...fields,
  });
  const attachment = (volumeId: string, fields: object = {}) => ({
    attachmentId: newUuid(),
    volumeId,
    consumer: 'container-1',
    host: HOST,
    mountpoint: '/data',
    mode: 'rw' as const,
    ...fields,
  });

  it('a volume is made once, however often it is asked for', async () => {
    const wanted = request({ host: HOST });
    const made = await cloud.port.create(ctx, wanted);
    expect(await cloud.port.create(ctx, wanted)).toEqual(made);
    expect(made).toMatchObject({ id: wanted.id, host: HOST, status: 'creating' });
    expect(await cloud.port.get(ctx, 'data')).toEqual(made);
    expect(await cloud.port.create(ctx, request({ host: 'node-2' }))).toMatchObject({ status: 'error' });
    await expect(cloud.port.get(ctx, 'data')).rejects.toMatchObject({ kind: 'conflict' });
    await expect(cloud.port.get(ctx, 'nobody')).rejects.toMatchObject({ kind: 'not-found' });
  });

  it('it is attached on its node alone, to one, and the device is told when it is there', async () => {
    const id = await cloud.volume();
    const here = attachment(id);
    await expect(cloud.port.attach(ctx, attachment(id, { host: 'node-2' }))).rejects.toMatchObject({
      kind: 'bad-request',
    });
    expect(await cloud.port.attach(ctx, here)).toMatchObject({ volumeId: id, device: null });
    await cloud.settle();
    expect(await cloud.port.attach(ctx, here)).toMatchObject({ device: `/dev/${id}` });
    await expect(cloud.port.attach(ctx, attachment(id))).rejects.toMatchObject({ kind: 'conflict' });
    expect(await cloud.show(`/volumes/${id}`)).toMatchObject({
      status: 'in-use',
      attachments: [{ server_id: 'container-1', device: '/data' }],
    });
    await cloud.port.detach(ctx, here.attachmentId);
    await cloud.port.detach(ctx, here.attachmentId);
    await cloud.port.remove(ctx, id);
    await cloud.settle();
    await cloud.port.remove(ctx, id);
    await expect(cloud.port.get(ctx, id)).rejects.toMatchObject({ kind: 'not-found' });
  });

  it('a node may read and write what is desired of it, and no other', async () => {
    const rights = nodeRights(cloud.database);
    const volume_id = await cloud.volume();
    const { id } = await cloud.make('/backups', { backup: { volume_id } });
    expect(await rights.findCopy(HOST, id)).toMatchObject({ to: { kind: 'backup', id } });
    expect(await rights.findCopy('node-2', id)).toBeUndefined();
    await cloud.settle();
    expect(await rights.findCopy(HOST, id)).toBeUndefined();
    expect(await rights.mayReadBackup(HOST, id)).toBe(false);
    await cloud.make('/volumes', { volume: { size: 1, backup_id: id } });
    expect(await rights.mayReadBackup(HOST, id)).toBe(true);
    expect(await rights.mayReadBackup('node-2', id)).toBe(false);
    await cloud.settle();
    expect(await rights.mayReadBackup(HOST, id)).toBe(false);
    await cloud.make('/backups', { backup: { volume_id, incremental: true } });
    expect(await rights.mayReadBackup(HOST, id)).toBe(true);
  });
});
