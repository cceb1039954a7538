import { beforeEach, expect, it } from 'vitest';
import { aCaller, anAdmin } from '#test/support/api.ts';
import { forEachDatabase } from '#test/support/databases.ts';
import { at, HOST, serveVolumes, type VolumeApi } from './volume-api.ts';

const admin = anAdmin();
const stranger = aCaller('p2');

forEachDatabase('snapshots', (open) => {
  let cloud: VolumeApi;
  let volume: string;
  beforeEach(async () => {
    cloud = await serveVolumes(open);
    volume = await cloud.volume({ size: 2 });
  });
  const snapshot = async (fields: object = {}) => {
    const { id } = await cloud.make('/snapshots', { snapshot: { volume_id: volume, ...fields } });
    await cloud.settle();
    return String(id);
  };

  it('are creating, then available when the node has them', async () => {
    const body = { snapshot: { volume_id: volume, name: 'before', metadata: { a: 'b' } } };
    const answer = await cloud.call('POST', '/snapshots', { body });
    expect([answer.status, answer.body.snapshot.status]).toEqual([202, 'creating']);
    const { id } = answer.body.snapshot;
    expect(await cloud.desired.list(HOST)).toMatchObject([
      { kind: 'volume' },
      { kind: 'snapshot', id, spec: { volumeId: volume } },
    ]);
    await cloud.settle();
    expect(await cloud.show(`/snapshots/${id}`)).toMatchObject({
      status: 'available',
      name: 'before',
      size: 2,
      metadata: { a: 'b' },
      'os-extended-snapshot-attributes:progress': '100%',
      'os-extended-snapshot-attributes:project_id': 'p1',
    });
  });

  it('begin volumes, which are not smaller and lie where they lie', async () => {
    const id = await snapshot();
    const make = (size?: number) =>
      cloud.call('POST', '/volumes', { body: { volume: { snapshot_id: id, ...(size && { size }) } } });
    expect((await make(1)).status).toBe(400);
    expect((await make()).body.volume).toMatchObject({ size: 2, snapshot_id: id, status: 'creating' });
    expect((await cloud.call('DELETE', `/snapshots/${id}`)).status).toBe(400);
    await cloud.settle();
    expect((await cloud.call('DELETE', `/snapshots/${id}`)).status).toBe(202);
    await cloud.settle();
    expect((await cloud.call('GET', `/snapshots/${id}`)).status).toBe(404);
  });

  it('keep their volume from being deleted, unless in a cascade', async () => {
    const id = await snapshot();
    expect((await cloud.call('DELETE', `/volumes/${volume}`)).body.badRequest.code).toBe(400);
    expect((await cloud.call('DELETE', `/volumes/${volume}?cascade=True`)).status).toBe(202);
    expect(await cloud.show(`/snapshots/${id}`)).toMatchObject({ status: 'deleting' });
    await cloud.settle();
    expect((await cloud.call('GET', `/snapshots/${id}`)).status).toBe(404);
    expect((await cloud.call('GET', `/volumes/${volume}`)).status).toBe(404);
  });

  it('of a volume in use must be forced, below 3.66', async () => {
    await cloud.action(`/volumes/${volume}`, {
      'os-attach': { instance_uuid: 'vm', mountpoint: '/dev/vdb' },
    });
    const make = (version: string, fields: object = {}) =>
      cloud.call('POST', '/snapshots', {
        body: { snapshot: { volume_id: volume, ...fields } },
        headers: at(version),
      });
    expect((await make('3.65')).status).toBe(400);
    expect((await make('3.65', { force: true })).status).toBe(202);
    expect((await make('3.66')).status).toBe(202);
    expect((await make('3.66', { force: false })).status).toBe(400);
  });

  it('take their volume back, the latest alone', async () => {
    const first = await snapshot();
    const last = await snapshot();
    const revert = (snapshot_id: string, version = '3.40') =>
      cloud.call('POST', `/volumes/${volume}/action`, {
        body: { revert: { snapshot_id } },
        headers: at(version),
      });
    expect((await revert(last, '3.39')).status).toBe(404);
    expect((await revert(first)).status).toBe(400);
    expect((await revert(last)).status).toBe(202);
    expect(await cloud.show(`/volumes/${volume}`)).toMatchObject({ status: 'reverting' });
    expect((await cloud.call('DELETE', `/snapshots/${last}`)).status).toBe(400);
    const [object] = await cloud.desired.list(HOST);
    expect(object).toMatchObject({
      spec: { content: { revision: 2, source: { kind: 'snapshot', id: last } } },
    });
    await cloud.settle();
    expect(await cloud.show(`/volumes/${volume}`)).toMatchObject({ status: 'available' });
    expect(await cloud.show(`/snapshots/${last}`)).toMatchObject({ status: 'available' });
  });

  it('leave the volume as it was when taking it back fails', async () => {
    const id = await snapshot();
    await cloud.action(`/volumes/${volume}`, { revert: { snapshot_id: id } });
    cloud.nodes.says = (report) =>
      ({ ...report, status: 'error', failed: true, reason: 'no space' }) as never;
    await cloud.settle();
    expect(await cloud.show(`/volumes/${volume}`)).toMatchObject({ status: 'error' });
    const [object] = await cloud.desired.list(HOST);
    expect(object).toMatchObject({ spec: { content: { revision: 1, source: { kind: 'zeros' } } } });
  });

  it('end in error when the node cannot make them, and can be deleted', async () => {
    cloud.nodes.says = (report) =>
      ({ ...report, status: 'error', failed: true, reason: 'no space' }) as never;
    const id = await snapshot();
    expect(await cloud.show(`/snapshots/${id}`)).toMatchObject({ status: 'error' });
    expect((await cloud.call('DELETE', `/snapshots/${id}`)).status).toBe(202);
    expect((await cloud.call('GET', `/snapshots/${id}`)).status).toBe(404);
  });

  it('are listed, changed, and hidden from strangers', async () => {
    const id = await snapshot({ name: 'one', metadata: { k: 'v' } });
    const { body } = await cloud.call('GET', `/snapshots/detail?volume_id=${volume}&with_count=true`);
    expect(body).toMatchObject({ count: 1, snapshots: [{ id, name: 'one' }] });
    expect((await cloud.call('GET', "/snapshots?metadata={'k': 'w'}")).body.snapshots).toEqual([]);
    const put = { body: { snapshot: { name: 'two', description: 'd' } } };
    expect((await cloud.call('PUT', `/snapshots/${id}`, put)).body.snapshot).toMatchObject({ name: 'two' });
    const metadata = { body: { metadata: { x: 'y' } } };
    expect((await cloud.call('POST', `/snapshots/${id}/metadata`, metadata)).body).toEqual({
      metadata: { k: 'v', x: 'y' },
    });
    expect((await cloud.call('GET', `/snapshots/${id}`, { as: stranger })).status).toBe(404);
    expect((await cloud.call('GET', '/snapshots', { as: stranger })).body.snapshots).toEqual([]);
  });

  it('obey the administrator in every state', async () => {
    const id = await snapshot();
    const reset = { 'os-reset_status': { status: 'deleting' } };
    expect((await cloud.action(`/snapshots/${id}`, reset)).status).toBe(403);
    expect((await cloud.action(`/snapshots/${id}`, reset, admin)).status).toBe(202);
    expect(
      (await cloud.action(`/snapshots/${id}`, { 'os-reset_status': { status: 'x' } }, admin)).status,
    ).toBe(400);
    expect((await cloud.call('DELETE', `/snapshots/${id}`)).status).toBe(400);
    expect((await cloud.action(`/snapshots/${id}`, { 'os-force_delete': null }, admin)).status).toBe(202);
  });

  it('tell how far they are, in the words of whoever makes them', async () => {
    const id = await snapshot();
    const progress = async () =>
      (await cloud.show(`/snapshots/${id}`))['os-extended-snapshot-attributes:progress'];
    expect(await progress()).toBe('100%');
    const tell = (text: string) =>
      cloud.action(`/snapshots/${id}`, { 'os-update_snapshot_status': { status: 'error', progress: text } });
    expect((await tell('80%')).status).toBe(202);
    expect(await progress()).toBe('80%');
    expect((await tell('much')).status).toBe(400);
  });

  it('are of a volume, and sort by the name of old', async () => {
    const body = { snapshot: { volume_id: null } };
    expect((await cloud.call('POST', '/snapshots', { body })).status).toBe(404);
    expect((await cloud.call('GET', '/snapshots?sort_key=display_name&sort_dir=asc')).status).toBe(200);
  });

  it('count against snapshots and gigabytes', async () => {
    cloud.limits['snapshots'] = 1;
    await snapshot();
    const make = () => cloud.call('POST', '/snapshots', { body: { snapshot: { volume_id: volume } } });
    expect((await make()).body.overLimit.message).toBe('Maximum number of snapshots allowed (1) exceeded');
    Object.assign(cloud.limits, { snapshots: 9, gigabytes: 5 });
    expect((await make()).body.overLimit.message).toContain('4G has been consumed');
  });
});
