import { expect, it } from 'vitest';
import type { CloudEvent } from '#kernel/events/event.ts';
import type { Database } from '#kernel/db/database.ts';
import { makeThings } from '#test/support/cloud-things.ts';
import { startCloud } from '#test/support/cloud.ts';
import { forEachDatabase } from '#test/support/databases.ts';

/** Everything that the log has by now. */
async function told(database: Database): Promise<CloudEvent[]> {
  const rows = await database
    .handle<{ event: Record<string, string> }>()
    .selectFrom('event')
    .selectAll()
    .execute();
  return rows.map((row) => ({ ...row, projectId: row['project'] ?? null }) as unknown as CloudEvent);
}

const KINDS = [
  'network.network.created',
  'network.subnet.created',
  'network.port.created',
  'network.security-group.created',
  'network.security-group-rule.created',
  'network.router.created',
  'volume.volume.',
  'image.image.created',
  'secret.secret.created',
  'alarm.alarm.created',
  'orchestration.stack.changed',
  'container.container.creating',
  'identity.user.created',
  'identity.project.created',
];

forEachDatabase('what a page of the dashboard follows', (open) => {
  it('hears of every kind of resource, each in its own project', async () => {
    const database = await open({ name: 'none', migrations: [] });
    await using cloud = await startCloud(database);
    const owner = await cloud.addMember('owner');
    await makeThings(cloud, owner);
    const events = await told(database);
    const missing = KINDS.filter((kind) => !events.some(({ type }) => type.startsWith(kind)));
    expect(missing).toEqual([]);
    const network = events.find(({ type }) => type === 'network.network.created');
    expect(network?.projectId).toBe(owner.projectId);
    expect(
      events.filter(({ service }) => service === 'identity').every((one) => one.projectId === null),
    ).toBe(true);
  });
});
