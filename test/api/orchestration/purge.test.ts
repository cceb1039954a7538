import { expect, it } from 'vitest';
import { systemClock } from '#kernel/clock.ts';
import { purgeDeleted } from '#services/orchestration/reconcile.ts';
import type { OrchestrationTables } from '#services/orchestration/tables.ts';
import { forEachDatabase } from '#test/support/databases.ts';
import { serveStacks, text } from './support.ts';

forEachDatabase('stacks that are gone', (open) => {
  it('are told of for thirty days, and then forgotten with their events', async () => {
    await using heat = await serveStacks(open);
    const kept = await heat.create({ a: text('x') }, { stack_name: 'kept' });
    const gone = await heat.create({ a: text('x') });
    for (const path of [kept, gone]) await heat.call('DELETE', path);
    await heat.idle();
    const db = heat.database.handle<OrchestrationTables>();
    const long = new Date(Date.now() - 31 * 86_400_000).toISOString();
    await db.updateTable('stack').set({ deleted_at: long }).where('name', '=', 'one').execute();
    await purgeDeleted({ database: heat.database, clock: systemClock }).run(new AbortController().signal);
    expect((await heat.call('GET', gone)).status).toBe(404);
    expect((await heat.show(kept)).stack_status).toBe('DELETE_COMPLETE');
    const left = await db.selectFrom('stack_event').select('stack_id').distinct().execute();
    expect(left.map(({ stack_id }) => `/stacks/kept/${stack_id}`)).toEqual([kept]);
  });
});
