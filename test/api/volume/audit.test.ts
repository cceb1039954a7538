import { beforeEach, expect, it } from 'vitest';
import { forEachDatabase } from '#test/support/databases.ts';
import { serveVolumes, type VolumeApi } from './volume-api.ts';

/** What was accepted ends on a node, which nobody waits for: the end is told as a task's is. */
forEachDatabase('the audit of volumes', (open) => {
  let cloud: VolumeApi;
  beforeEach(async () => {
    cloud = await serveVolumes(open);
  });
  const seen = () => cloud.ends.map(({ action, outcome }) => `${action}: ${outcome}`);

  it('tells each end once, with who asked and by which request', async () => {
    const answer = await cloud.call('POST', '/volumes', { body: { volume: { size: 1 } } });
    const { id } = answer.body.volume;
    expect(cloud.ends).toEqual([]);
    await cloud.settle();
    await cloud.settle();
    expect(cloud.ends).toMatchObject([
      {
        action: 'volume.create-volume',
        outcome: 'success',
        requestId: answer.headers['x-openstack-request-id'],
        target: `volume:${id}`,
        projectId: 'p1',
        user: { id: answer.body.volume.user_id },
        reason: '',
      },
    ]);
    await cloud.action(`/volumes/${id}`, { 'os-extend': { new_size: 2 } });
    await cloud.settle();
    const { id: snapshot } = await cloud.make('/snapshots', { snapshot: { volume_id: id } });
    await cloud.settle();
    await cloud.call('DELETE', `/snapshots/${snapshot}`);
    await cloud.settle();
    await cloud.call('DELETE', `/volumes/${id}`);
    await cloud.settle();
    expect(seen()).toContain('volume.extend-volume: success');
    expect(seen().slice(-2)).toEqual(['volume.delete-snapshot: success', 'volume.delete-volume: success']);
  });

  it('tells of a backup', async () => {
    const volume = await cloud.volume();
    const { id } = await cloud.make('/backups', { backup: { volume_id: volume } });
    await cloud.settle();
    expect(cloud.ends.at(-1)).toMatchObject({ action: 'volume.create-backup', target: `backup:${id}` });
  });

  it('tells of what failed', async () => {
    cloud.nodes.says = (report) =>
      ({ ...report, status: 'error', failed: true, reason: 'disk full' }) as never;
    await cloud.volume();
    expect(cloud.ends).toMatchObject([
      { action: 'volume.create-volume', outcome: 'failure', reason: 'node-failed' },
    ]);
  });
});
