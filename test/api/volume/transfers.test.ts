import { beforeEach, expect, it } from 'vitest';
import { aCaller } from '#test/support/api.ts';
import { forEachDatabase } from '#test/support/databases.ts';
import { serveVolumes, type VolumeApi } from './volume-api.ts';

const taker = aCaller('p2', ['member', 'reader'], 'user-2');

forEachDatabase('transfers', (open) => {
  let cloud: VolumeApi;
  let volume: string;
  beforeEach(async () => {
    cloud = await serveVolumes(open);
    volume = await cloud.volume({ name: 'gift' });
  });
  const offer = (fields: object = {}) =>
    cloud.make('/volume-transfers', { transfer: { volume_id: volume, name: 't', ...fields } });
  const accept = (id: string, auth_key: string) =>
    cloud.call('POST', `/volume-transfers/${id}/accept`, { as: taker, body: { accept: { auth_key } } });
  const taken = async () => (await cloud.call('GET', `/volumes/${volume}`, { as: taker })).status === 200;

  it('give the volume, with its snapshots, to whoever has the key', async () => {
    const snapshot = await cloud.make('/snapshots', { snapshot: { volume_id: volume } });
    await cloud.settle();
    const { id, auth_key } = await offer();
    expect(await cloud.show(`/volumes/${volume}`)).toMatchObject({ status: 'awaiting-transfer' });
    expect(await cloud.show(`/volume-transfers/${id}`)).not.toHaveProperty('auth_key');
    expect((await accept(id, 'wrong')).status).toBe(404);
    expect(await taken()).toBe(false);
    const answer = await accept(id, auth_key);
    expect([answer.status, answer.body.transfer]).toMatchObject([202, { id, volume_id: volume }]);
    expect(await taken()).toBe(true);
    expect((await cloud.call('GET', `/snapshots/${snapshot.id}`, { as: taker })).status).toBe(200);
    expect((await cloud.call('GET', `/volumes/${volume}`)).status).toBe(404);
    expect((await accept(id, auth_key)).status).toBe(404);
  });

  it('keep nothing of the key but a salted hash', async () => {
    const { auth_key } = await offer();
    const rows = await cloud.database
      .handle<{ volume_transfer: object }>()
      .selectFrom('volume_transfer')
      .selectAll()
      .execute();
    expect(JSON.stringify(rows)).not.toContain(auth_key);
  });

  it('can be taken back', async () => {
    const { id } = await offer();
    expect(
      (await cloud.call('POST', '/volume-transfers', { body: { transfer: { volume_id: volume } } })).status,
    ).toBe(400);
    expect((await cloud.call('DELETE', `/volume-transfers/${id}`, { as: taker })).status).toBe(404);
    expect((await cloud.call('DELETE', `/volume-transfers/${id}`)).status).toBe(202);
    expect(await cloud.show(`/volumes/${volume}`)).toMatchObject({ status: 'available' });
  });

  it('do not go beyond what the taker may have', async () => {
    const { id, auth_key } = await offer();
    cloud.limits['volumes'] = 0;
    expect((await accept(id, auth_key)).status).toBe(413);
    expect(await taken()).toBe(false);
  });

  it('are listed to their owner, under both names', async () => {
    const { id } = await offer();
    for (const path of ['os-volume-transfer', 'volume-transfers']) {
      expect((await cloud.call('GET', `/${path}/detail`)).body.transfers).toMatchObject([{ id, name: 't' }]);
      expect((await cloud.call('GET', `/${path}`, { as: taker })).body.transfers).toEqual([]);
    }
  });
});
