import { expect, it } from 'vitest';
import { forEachDatabase } from '#test/support/databases.ts';
import { until } from '#test/support/until.ts';
import { reader, serveStacks, stranger, templateOf, text, type Resources, type StackApi } from './support.ts';

const hooked = (hooks: string | string[], pattern = 'b') => ({
  resource_registry: { resources: { [pattern]: { hooks } } },
});
const PAIR = { a: text('one'), b: text('two'), c: { ...text('three'), depends_on: 'b' } };

async function begin(heat: StackApi, environment: object, resources: Resources = PAIR): Promise<string> {
  const body = { stack_name: 'one', template: templateOf(resources), environment };
  return `/stacks/one/${(await heat.call('POST', '/stacks', { body })).body.stack.id}`;
}

interface Told {
  readonly resource_name: string;
  readonly resource_status: string;
  readonly resource_status_reason: string;
}
const eventsOf = async (heat: StackApi, path: string, reason: string): Promise<readonly Told[]> =>
  (await heat.call('GET', `${path}/events`)).body.events.filter(
    (event: Told) => event.resource_status_reason === reason,
  );
const paused = (heat: StackApi, path: string, hook: string, times = 1) =>
  until(`paused at ${hook}`, async () => {
    const action = hook.split('-')[1]?.toUpperCase();
    return (await eventsOf(heat, path, `${action} paused until Hook ${hook} is cleared`)).length >= times;
  });
const clear = (heat: StackApi, path: string, unset_hook: unknown, call: object = {}) =>
  heat.call('POST', `${path}/resources/b/signal`, { body: { unset_hook }, ...call });
const stateOf = async (heat: StackApi, path: string, name: string): Promise<string> =>
  (await heat.call('GET', `${path}/resources/${name}`)).body.resource.resource_status;
const update = (heat: StackApi, path: string, value: string, environment: object) =>
  heat.call('PUT', path, { body: { template: templateOf({ ...PAIR, b: text(value) }), environment } });

forEachDatabase('hooks', (open) => {
  it('stop a resource before it is made, and those that need it, until somebody clears them', async () => {
    await using heat = await serveStacks(open);
    const path = await begin(heat, hooked('pre-create'));
    await paused(heat, path, 'pre-create');
    const [told] = await eventsOf(heat, path, 'CREATE paused until Hook pre-create is cleared');
    expect(told).toMatchObject({ resource_name: 'b', resource_status: 'INIT_COMPLETE' });
    expect([await stateOf(heat, path, 'b'), await stateOf(heat, path, 'c')]).toEqual([
      'INIT_COMPLETE',
      'INIT_COMPLETE',
    ]);
    expect((await clear(heat, path, 'pre-create')).status).toBe(200);
    await heat.idle();
    expect((await heat.show(path)).stack_status).toBe('CREATE_COMPLETE');
    expect(await eventsOf(heat, path, 'Hook pre-create is cleared')).toMatchObject([
      { resource_name: 'b', resource_status: 'INIT_COMPLETE' },
    ]);
    expect(await stateOf(heat, path, 'b')).toBe('CREATE_COMPLETE');
  });

  it('stop it after it is made too, one after the other', async () => {
    await using heat = await serveStacks(open);
    const path = await begin(heat, hooked(['pre-create', 'post-create'], 'b*'));
    await paused(heat, path, 'pre-create');
    await clear(heat, path, 'pre-create');
    await paused(heat, path, 'post-create');
    expect([await stateOf(heat, path, 'b'), await stateOf(heat, path, 'c')]).toEqual([
      'CREATE_COMPLETE',
      'INIT_COMPLETE',
    ]);
    await clear(heat, path, 'post-create');
    await heat.idle();
    expect((await heat.show(path)).stack_status).toBe('CREATE_COMPLETE');
  });

  it('stop it before and after each change, and leave it as it was meanwhile', async () => {
    await using heat = await serveStacks(open);
    const hooks = hooked(['pre-update', 'post-update']);
    const path = await heat.create(PAIR, { environment: hooks });
    for (const times of [1, 2]) {
      await update(heat, path, `change ${times}`, hooks);
      await paused(heat, path, 'pre-update', times);
      expect(await stateOf(heat, path, 'b')).toBe(times === 1 ? 'CREATE_COMPLETE' : 'UPDATE_COMPLETE');
      await clear(heat, path, 'pre-update');
      await paused(heat, path, 'post-update', times);
      await clear(heat, path, 'post-update');
      await heat.idle();
      expect((await heat.show(path)).stack_status).toBe('UPDATE_COMPLETE');
    }
  });

  it('stop it before it goes with its stack, and after', async () => {
    await using heat = await serveStacks(open);
    const path = await heat.create(PAIR, { environment: hooked(['pre-delete', 'post-delete']) });
    await heat.call('DELETE', path);
    await paused(heat, path, 'pre-delete');
    expect(await stateOf(heat, path, 'b')).toBe('CREATE_COMPLETE');
    await clear(heat, path, 'pre-delete');
    await paused(heat, path, 'post-delete');
    expect(await stateOf(heat, path, 'b')).toBe('DELETE_IN_PROGRESS');
    await clear(heat, path, 'post-delete');
    await heat.idle();
    expect((await heat.show(path)).stack_status).toBe('DELETE_COMPLETE');
  });

  it('do not keep a stack from deletion, another change, or its former self', async () => {
    await using heat = await serveStacks(open);
    const path = await begin(heat, hooked('pre-create'));
    await paused(heat, path, 'pre-create');
    await update(heat, path, 'other', {});
    await heat.idle();
    expect((await heat.show(path)).stack_status).toBe('UPDATE_COMPLETE');
    const { physical_resource_id: id } = (await heat.call('GET', `${path}/resources/b`)).body.resource;
    await update(heat, path, 'third', hooked('pre-update'));
    await paused(heat, path, 'pre-update');
    await heat.call('POST', `${path}/actions`, { body: { cancel_update: null } });
    await heat.idle();
    expect((await heat.show(path)).stack_status).toBe('ROLLBACK_COMPLETE');
    const after = (await heat.call('GET', `${path}/resources/b`)).body.resource;
    expect([after.physical_resource_id, after.attributes.output]).toEqual([id, 'other']);
    await update(heat, path, 'fourth', hooked('pre-update'));
    await paused(heat, path, 'pre-update', 2);
    await heat.call('DELETE', path);
    await heat.idle();
    expect((await heat.show(path)).stack_status).toBe('DELETE_COMPLETE');
  });

  it('are cleared where something waits, by members of the project', async () => {
    await using heat = await serveStacks(open);
    const path = await begin(heat, hooked('pre-create'));
    await paused(heat, path, 'pre-create');
    for (const wrong of ['pre-update', 'pre-lunch', 7, null]) {
      const answer = await clear(heat, path, wrong);
      expect([answer.status, answer.body.error.type]).toEqual([400, 'InvalidBreakPointHook']);
    }
    expect((await clear(heat, path, 'pre-create', { as: reader })).status).toBe(403);
    expect((await clear(heat, path, 'pre-create', { as: stranger })).status).toBe(404);
    await clear(heat, path, 'pre-create');
    await heat.idle();
    expect((await clear(heat, path, 'pre-create')).status).toBe(400);
  });
});

const restricted = (restricted_actions: string | string[]) => ({
  resource_registry: { resources: { b: { restricted_actions } } },
});
const REPLACED = { ...PAIR, b: text('new', { update_replace: true }) };

forEachDatabase('restricted actions', (open) => {
  it.each([
    ['update', 'update', { ...PAIR, b: text('new') }],
    ['replace', 'replace', REPLACED],
    ['both', ['update', 'replace'], REPLACED],
  ])('fail the change that would do it and leave the resource as it is: %s', async (_, actions, after) => {
    await using heat = await serveStacks(open);
    const path = await heat.create(PAIR, { environment: restricted(actions) });
    const before = (await heat.call('GET', `${path}/resources/b`)).body.resource;
    const body = { template: templateOf(after), environment: restricted(actions) };
    await heat.call('PUT', path, { body });
    await heat.idle();
    const word = typeof actions === 'string' ? actions : 'update';
    expect(await heat.show(path)).toMatchObject({
      stack_status: 'UPDATE_FAILED',
      stack_status_reason: `Resource UPDATE failed: ResourceActionRestricted: resources.b: ${word} is restricted for resource.`,
    });
    expect(await eventsOf(heat, path, `${word} is restricted for resource.`)).toMatchObject([
      { resource_name: 'b', resource_status: 'UPDATE_FAILED' },
    ]);
    expect((await heat.call('GET', `${path}/resources/b`)).body.resource).toEqual(before);
    await heat.call('PUT', path, { body: { template: templateOf(after), environment: {} } });
    await heat.idle();
    expect((await heat.show(path)).stack_status).toBe('UPDATE_COMPLETE');
  });

  it('let pass what they do not name', async () => {
    await using heat = await serveStacks(open);
    const path = await heat.create(PAIR, { environment: restricted('replace') });
    await update(heat, path, 'new', restricted('replace'));
    await heat.idle();
    expect((await heat.show(path)).stack_status).toBe('UPDATE_COMPLETE');
    expect(await stateOf(heat, path, 'b')).toBe('UPDATE_COMPLETE');
  });
});
