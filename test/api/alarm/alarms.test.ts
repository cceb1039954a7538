import { expect, it } from 'vitest';
import type { EventTables } from '#kernel/events/tables.ts';
import { forEachDatabase } from '#test/support/databases.ts';
import { admin, BURNING, EVENTS, member, reader, serveAlarms, stranger } from './support.ts';

const WEBHOOK = 'http://hook.test/here';

forEachDatabase('alarms', (open) => {
  const start = async () => serveAlarms(await open(EVENTS));
  const happen = async (
    alarms: Awaited<ReturnType<typeof start>>,
    database: Awaited<ReturnType<typeof open>>,
    projectId = 'p1',
  ) =>
    database.transaction<EventTables, void>((tx) =>
      alarms.events.append(tx, {
        projectId,
        service: 'container',
        type: 'container.container.oom',
        resource: 'c1',
        payload: { exit_code: 137 },
      }),
    );

  it('are made with defaults, shown, listed, changed and deleted', async () => {
    await using alarms = await start();
    const made = await alarms.create({ ...BURNING, alarm_actions: [WEBHOOK] });
    expect(made).toMatchObject({
      name: 'burning',
      state: 'insufficient data',
      severity: 'low',
      enabled: true,
      repeat_actions: false,
      project_id: 'p1',
      user_id: 'alice',
      alarm_actions: [WEBHOOK],
      ok_actions: [],
      gnocchi_aggregation_by_resources_threshold_rule: { granularity: 60, threshold: 50 },
    });
    const at = `/alarms/${made.alarm_id}`;
    expect((await alarms.call('GET', at)).body).toEqual(made);
    expect((await alarms.call('GET', '/alarms')).body).toEqual([made]);
    const changed = await alarms.call('PUT', at, { body: { ...made, name: 'hot', severity: 'critical' } });
    expect(changed.body).toMatchObject({ name: 'hot', severity: 'critical', alarm_id: made.alarm_id });
    expect((await alarms.call('DELETE', at)).status).toBe(204);
    expect((await alarms.call('GET', at)).status).toBe(404);
    const history = (await alarms.call('GET', `${at}/history?sort=timestamp:asc`)).body;
    expect(history.map(({ type }: { type: string }) => type).toSorted()).toEqual([
      'creation',
      'deletion',
      'rule change',
    ]);
  });

  it('are listed by fields, in pages and by searches', async () => {
    await using alarms = await start();
    for (const name of ['a', 'b', 'c']) await alarms.create({ ...BURNING, name, enabled: name !== 'b' });
    const names = (answer: { body: { name: string }[] }) => answer.body.map(({ name }) => name);
    const list = async (query: string) => names(await alarms.call('GET', `/alarms?${query}`));
    expect(await list('q.field=name&q.op=eq&q.value=b')).toEqual(['b']);
    expect(await list('q.field=enabled&q.op=eq&q.value=True&sort=name:desc')).toEqual(['c', 'a']);
    const [first] = (await alarms.call('GET', '/alarms?sort=name&limit=1')).body;
    expect(await list(`sort=name&limit=1&marker=${first.alarm_id}`)).toEqual(['b']);
    const search = async (filter: object) =>
      names(await alarms.call('POST', '/query/alarms', { body: { filter: JSON.stringify(filter) } }));
    expect(await search({ or: [{ '=': { name: 'a' } }, { not: { '=': { enabled: true } } }] })).toEqual(
      expect.arrayContaining(['a', 'b']),
    );
    for (const filter of ['{', '{}', '{"=": {"secret": 1}}', '{"~": {"name": "a"}}'])
      expect((await alarms.call('POST', '/query/alarms', { body: { filter } })).status).toBe(400);
  });

  it('are not found by strangers, and readers may not change them', async () => {
    await using alarms = await start();
    const { alarm_id } = await alarms.create(BURNING);
    for (const [method, path] of [
      ['GET', ''],
      ['DELETE', ''],
      ['GET', '/state'],
    ] as const)
      expect((await alarms.call(method, `/alarms/${alarm_id}${path}`, { as: stranger })).status).toBe(404);
    expect((await alarms.call('GET', '/alarms', { as: stranger })).body).toEqual([]);
    expect((await alarms.call('GET', `/alarms/${alarm_id}/history`, { as: stranger })).status).toBe(404);
    expect((await alarms.call('DELETE', `/alarms/${alarm_id}`, { as: reader })).status).toBe(403);
    const everybody = '/alarms?q.field=all_projects&q.value=true';
    expect((await alarms.call('GET', everybody)).status).toBe(403);
    expect((await alarms.call('GET', everybody, { as: admin })).body).toHaveLength(1);
  });

  it.each([
    ['a type that is none', { ...BURNING, type: 'threshold' }],
    ['no rule', { name: 'x', type: 'gnocchi_resources_threshold' }],
    ['a query that is no JSON', withRule({ query: 'nonsense' })],
    ['an aggregation that is none', withRule({ aggregation_method: 'guess' })],
    ['an action that nobody can do', { ...BURNING, ok_actions: ['file:///etc/passwd'] }],
    [
      'a time that is none',
      { ...BURNING, time_constraints: [{ name: 't', start: '99 * * * *', duration: 5 }] },
    ],
    [
      'a place that is none',
      { ...BURNING, time_constraints: [{ name: 't', start: '* * * * *', duration: 5, timezone: 'Moon' }] },
    ],
    ['an empty composite', { name: 'x', type: 'composite', composite_rule: { and: [] } }],
  ])('are refused with %s', async (_, body) => {
    await using alarms = await start();
    expect((await alarms.call('POST', '/alarms', { body })).status).toBe(400);
  });

  it('go to alarm and back by measures, and each transition is told once', async () => {
    await using alarms = await start();
    const made = await alarms.create({
      ...BURNING,
      alarm_actions: [`trust+${WEBHOOK}`],
      ok_actions: [WEBHOOK],
    });
    alarms.world.values = [70, 80];
    await alarms.tick();
    await alarms.tick();
    expect(await alarms.state(made.alarm_id)).toBe('alarm');
    alarms.world.values = [10, 20];
    await alarms.tick();
    expect(await alarms.state(made.alarm_id)).toBe('ok');
    expect(alarms.sent).toMatchObject([
      {
        url: WEBHOOK,
        as: { user: { id: 'alice' } },
        body: { previous: 'insufficient data', current: 'alarm' },
      },
      { url: WEBHOOK, as: null, body: { previous: 'alarm', current: 'ok' } },
    ]);
    alarms.world.values = [];
    await alarms.tick();
    expect(await alarms.state(made.alarm_id)).toBe('insufficient data');
  });

  it('ask for all series of a tick at once, and not while they are disabled or out of their time', async () => {
    await using alarms = await start();
    await alarms.create(BURNING);
    const { name: _, type, ...rules } = BURNING;
    const leaf = { type, ...rules.gnocchi_aggregation_by_resources_threshold_rule };
    await alarms.create({ name: 'both', type: 'composite', composite_rule: { and: [leaf, leaf] } });
    await alarms.create({ ...BURNING, enabled: false });
    const noon = { name: 'noon', start: '0 12 * * *', duration: 3600 };
    await alarms.create({ ...BURNING, time_constraints: [noon] });
    await alarms.tick();
    expect(alarms.asked.map((queries) => queries.length)).toEqual([3]);
    expect(alarms.asked[0]?.[0]).toMatchObject({
      projectId: 'p1',
      granularity: 60,
      from: '2029-12-31T23:58:00.000Z',
      until: '2029-12-31T23:59:00.000Z',
    });
  });

  it('tell again as long as they last when they repeat', async () => {
    await using alarms = await start();
    await alarms.create({ ...BURNING, repeat_actions: true, alarm_actions: [WEBHOOK] });
    alarms.world.values = [70, 80];
    for (let tick = 0; tick < 3; tick++) await alarms.tick();
    expect(alarms.sent.map(({ body }) => body['current'])).toEqual(['alarm', 'alarm', 'alarm']);
  });

  it('try an action again that was not taken, and give up in the end', async () => {
    await using alarms = await start();
    const { alarm_id } = await alarms.create({ ...BURNING, alarm_actions: [WEBHOOK] });
    alarms.world.refuses = true;
    alarms.world.values = [70, 80];
    await alarms.tick();
    alarms.world.refuses = false;
    await alarms.tick();
    expect(alarms.sent).toEqual([]);
    alarms.clock.advance(60_000);
    await alarms.tick();
    expect(alarms.sent).toHaveLength(1);
    expect((await alarms.call('DELETE', `/alarms/${alarm_id}`)).status).toBe(204);
  });

  it('are raised by events of their project that happen after them, each counting once', async () => {
    const database = await open(EVENTS);
    await using alarms = await serveAlarms(database);
    await alarms.tick();
    const query = [{ field: 'traits.exit_code', op: 'ge', type: 'integer', value: '100' }];
    const made = await alarms.create({
      name: 'oom',
      type: 'event',
      alarm_actions: [WEBHOOK],
      event_rule: { event_type: 'container.*.oom', query },
    });
    await happen(alarms, database, 'p2');
    await alarms.tick();
    expect(await alarms.state(made.alarm_id)).toBe('insufficient data');
    await happen(alarms, database);
    await alarms.tick();
    await alarms.tick();
    expect(await alarms.state(made.alarm_id)).toBe('alarm');
    expect(alarms.sent).toHaveLength(1);
  });

  it('are set by hand, with their actions, and have a limit', async () => {
    await using alarms = await start();
    const { alarm_id } = await alarms.create({ ...BURNING, ok_actions: [WEBHOOK] });
    const set = await alarms.call('PUT', `/alarms/${alarm_id}/state`, {
      body: Buffer.from('"ok"'),
      headers: { 'content-type': 'application/json' },
    });
    expect([set.status, set.body]).toEqual([200, 'ok']);
    const quota = { project_id: 'p1', quotas: [{ resource: 'alarms', limit: 1 }] };
    expect((await alarms.call('POST', '/quotas', { body: quota, as: member })).status).toBe(403);
    expect((await alarms.call('POST', '/quotas', { body: quota, as: admin })).body).toEqual(quota);
    expect((await alarms.call('GET', '/quotas')).body).toEqual(quota);
    expect((await alarms.call('GET', '/quotas?project_id=p1', { as: stranger })).status).toBe(403);
    expect((await alarms.call('POST', '/alarms', { body: BURNING })).status).toBe(403);
    expect((await alarms.call('DELETE', '/quotas/p1', { as: admin })).status).toBe(204);
    expect((await alarms.call('POST', '/alarms', { body: BURNING })).status).toBe(201);
  });
});

function withRule(fields: object) {
  const name = 'gnocchi_aggregation_by_resources_threshold_rule';
  return { ...BURNING, [name]: { ...BURNING[name], ...fields } };
}
