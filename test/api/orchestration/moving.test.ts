import { expect, it } from 'vitest';
import { newUuid } from '#kernel/ids.ts';
import { forEachDatabase } from '#test/support/databases.ts';
import { reader, serveStacks, templateOf, text, type StackApi } from './support.ts';

const RANDOM = { type: 'OS::Heat::RandomString', properties: { length: 8 } };
const OUTPUTS = { outputs: { it: { value: { get_attr: ['random', 'value'] } } } };
const physical = async (heat: StackApi, path: string, name: string) =>
  (await heat.call('GET', `${path}/resources/${name}`)).body.resource.physical_resource_id;

forEachDatabase('a stack that is kept or taken along', (open) => {
  it('has snapshots, and becomes again what it was', async () => {
    await using heat = await serveStacks(open);
    const path = await heat.create({ a: text('old') });
    const made = await heat.call('POST', `${path}/snapshots`, { body: { name: 'first' } });
    expect(made).toMatchObject({
      status: 200,
      body: { name: 'first', status: 'IN_PROGRESS', data: null },
    });
    await heat.idle();
    expect((await heat.show(path)).stack_status).toBe('SNAPSHOT_COMPLETE');
    const at = `${path}/snapshots/${made.body.id}`;
    expect((await heat.call('GET', at)).body.snapshot).toMatchObject({
      status: 'COMPLETE',
      status_reason: 'Stack SNAPSHOT completed successfully',
      data: { name: 'one', resources: { a: { type: 'OS::Heat::TestResource' } } },
    });
    const list = (await heat.call('GET', `${path}/snapshots`)).body.snapshots;
    expect(list).toMatchObject([{ id: made.body.id, data: null }]);
    await heat.call('PUT', path, { body: { template: templateOf({ b: text('new') }) } });
    await heat.idle();
    const restored = await heat.call('POST', `${at}/restore`);
    expect([restored.status, restored.body]).toEqual([202, null]);
    await heat.idle();
    expect((await heat.show(path)).stack_status).toBe('RESTORE_COMPLETE');
    const shown = await heat.call('GET', `${path}/resources/a`);
    expect(shown.body.resource.attributes).toEqual({ output: 'old' });
    expect((await heat.call('DELETE', at)).status).toBe(204);
    expect((await heat.call('GET', at)).status).toBe(404);
    expect((await heat.call('POST', `${path}/snapshots/${newUuid()}/restore`)).status).toBe(404);
  });

  it('makes no snapshot while something is under way, and none for readers', async () => {
    await using heat = await serveStacks(open);
    const path = await heat.create({ a: text('x') });
    const slow = templateOf({ a: text('y', { wait_secs: 600 }) });
    await heat.call('PUT', path, { body: { template: slow } });
    const refused = await heat.call('POST', `${path}/snapshots`, { body: {} });
    expect([refused.status, refused.body.error.type]).toEqual([409, 'ActionInProgress']);
    expect((await heat.call('DELETE', `${path}/abandon`)).status).toBe(409);
    expect((await heat.call('POST', `${path}/snapshots`, { body: {}, as: reader })).status).toBe(403);
    expect((await heat.call('GET', `${path}/export`, { as: reader })).status).toBe(403);
  });

  it('is abandoned with all that it made, and adopted with the same', async () => {
    await using heat = await serveStacks(open);
    const template = templateOf({ random: RANDOM, other: text('x') }, OUTPUTS);
    const path = await heat.create({}, { template, tags: 'a' });
    const [{ output_value: before }] = (await heat.show(path)).outputs;
    const ids = [await physical(heat, path, 'random'), await physical(heat, path, 'other')];
    const exported = (await heat.call('GET', `${path}/export`)).body;
    expect(exported).toMatchObject({ name: 'one', action: 'CREATE', status: 'COMPLETE', tags: ['a'] });
    const abandoned = await heat.call('DELETE', `${path}/abandon`);
    expect([abandoned.status, abandoned.body]).toEqual([200, exported]);
    expect((await heat.call('GET', '/stacks/one')).status).toBe(404);
    const body = { stack_name: 'two', adopt_stack_data: JSON.stringify(abandoned.body) };
    const made = await heat.call('POST', '/stacks', { body });
    expect(made.status).toBe(201);
    await heat.idle();
    const adopted = `/stacks/two/${made.body.stack.id}`;
    expect(await heat.show(adopted)).toMatchObject({
      stack_status: 'ADOPT_COMPLETE',
      outputs: [{ output_value: before }],
    });
    expect([await physical(heat, adopted, 'random'), await physical(heat, adopted, 'other')]).toEqual(ids);
    await heat.call('PUT', adopted, { body: { template } });
    await heat.idle();
    expect(await physical(heat, adopted, 'random')).toBe(ids[0]);
    await heat.call('DELETE', adopted);
    await heat.idle();
    expect((await heat.show(adopted)).stack_status).toBe('DELETE_COMPLETE');
  });

  it.each([
    ['no template', { resources: {} }],
    ['no resources', { template: templateOf({}) }],
    ['a resource without an id', { template: templateOf({}), resources: { a: { type: 'x' } } }],
    ['a list', [1]],
    ['what is not even YAML', '{'],
  ])('is not adopted from data with %s', async (_, data) => {
    await using heat = await serveStacks(open);
    const adopt_stack_data = typeof data === 'string' ? data : JSON.stringify(data);
    const made = await heat.call('POST', '/stacks', { body: { stack_name: 'one', adopt_stack_data } });
    expect(made.status).toBe(400);
  });
});
