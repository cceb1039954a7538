import { beforeEach, expect, it } from 'vitest';
import { aCaller } from '#test/support/api.ts';
import { forEachDatabase } from '#test/support/databases.ts';
import { at, serveVolumes, type VolumeApi } from './volume-api.ts';

forEachDatabase('messages', (open) => {
  let cloud: VolumeApi;
  beforeEach(async () => {
    cloud = await serveVolumes(open);
  });
  const tooLarge = async (): Promise<string> => (await cloud.make('/volumes', { volume: { size: 101 } })).id;
  const list = async (query = '', headers = {}) =>
    (await cloud.call('GET', `/messages${query}`, { headers })).body.messages;

  it('say what went wrong, to the project, until they are deleted', async () => {
    const volume = await tooLarge();
    const [message] = await list();
    expect(message).toMatchObject({
      resource_type: 'VOLUME',
      resource_uuid: volume,
      message_level: 'ERROR',
      user_message: expect.stringMatching(/No node that is up/),
      event_id: expect.stringMatching(/^VOLUME_VOLUME_001_/),
    });
    const path = `/messages/${message.id}`;
    expect(await cloud.show(path)).toEqual(message);
    const stranger = aCaller('p2');
    const reader = aCaller('p1', ['reader']);
    expect((await cloud.call('GET', path, { as: stranger })).status).toBe(404);
    expect((await cloud.call('DELETE', path, { as: stranger })).status).toBe(404);
    expect((await cloud.call('DELETE', path, { as: reader })).status).toBe(403);
    expect((await cloud.call('DELETE', path)).status).toBe(204);
    expect((await cloud.call('DELETE', path)).status).toBe(404);
    expect(await list()).toEqual([]);
  });

  it('are filtered and paged from 3.5 on, and unknown before 3.3', async () => {
    const first = await tooLarge();
    await tooLarge();
    expect(await list(`?resource_uuid=${first}`)).toHaveLength(1);
    expect(await list('?resource_type=VOLUME_BACKUP')).toEqual([]);
    expect(await list('?resource_uuid=nothing', at('3.4'))).toHaveLength(2);
    const { body } = await cloud.call('GET', '/messages?limit=1');
    expect([body.messages.length, body.messages_links[0].rel]).toEqual([1, 'next']);
    expect((await cloud.call('GET', '/messages?sort=cats:asc')).status).toBe(400);
    expect((await cloud.call('GET', '/messages', { headers: at('3.2') })).status).toBe(404);
  });
});
