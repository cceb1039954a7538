import { expect, it } from 'vitest';
import { forEachDatabase } from '#test/support/databases.ts';
import { until } from '#test/support/until.ts';
import { serveStacks, templateOf, text, type Resources, type StackApi } from './support.ts';

/** As many tasks as this control works on at once. */
const PLACES = 6;
/** As many resources of a stack. */
const AT_ONCE = 32;

const told = { type: 'OS::Heat::WaitConditionHandle', properties: { signal_transport: 'NO_SIGNAL' } };
const ready = (timeout = 3600) => ({
  type: 'OS::Heat::WaitCondition',
  properties: { handle: { get_resource: 'told' }, timeout },
});

const begin = async (heat: StackApi, name: string, resources: Resources): Promise<string> => {
  const body = { stack_name: name, template: templateOf(resources) };
  return `/stacks/${name}/${(await heat.call('POST', '/stacks', { body })).body.stack.id}`;
};
const isAt = (heat: StackApi, path: string, state: string): Promise<true> =>
  until(`${path} is ${state}`, async () => (await heat.show(path)).stack_status === state && (true as const));
const waits = (heat: StackApi, path: string, resource = 'ready'): Promise<true> =>
  until(`${path} waits`, async () => {
    const { body } = await heat.call('GET', `${path}/resources/${resource}`);
    return body.resource?.physical_resource_id !== '' && (true as const);
  });
const signal = (heat: StackApi, path: string) =>
  heat.call('POST', `${path}/resources/told/signal`, { body: {} });

forEachDatabase('stacks that wait', (open) => {
  it('leave their places to others, however many they are, and end when they are told', async () => {
    await using heat = await serveStacks(open, [], PLACES);
    const paths: string[] = [];
    for (let number = 0; number < PLACES; number += 1)
      paths.push(await begin(heat, `waits-${number}`, { told, ready: ready() }));
    const other = await begin(heat, 'other', { a: text('x') });
    await isAt(heat, other, 'CREATE_COMPLETE');
    for (const path of paths) await waits(heat, path);
    for (const path of paths) expect((await signal(heat, path)).status).toBe(200);
    for (const path of paths) await isAt(heat, path, 'CREATE_COMPLETE');
  });

  it('have room for more of their own resources than wait', async () => {
    await using heat = await serveStacks(open);
    const conditions = Array.from({ length: AT_ONCE }, (_, index) => [`ready-${index}`, ready()] as const);
    const last = text({ get_resource: 'first' });
    const resources = { told, ...Object.fromEntries(conditions), first: text('x'), last };
    const path = await begin(heat, 'one', resources);
    await waits(heat, path, 'last');
    for (const [name] of conditions) await waits(heat, path, name);
    await signal(heat, path);
    await isAt(heat, path, 'CREATE_COMPLETE');
  });

  it('wait within others too, and fail when their time is over', async () => {
    await using heat = await serveStacks(open);
    const group = {
      type: 'OS::Heat::ResourceGroup',
      properties: { count: 1, resource_def: { type: 'inner.yaml' } },
    };
    const files = { 'inner.yaml': JSON.stringify(templateOf({ told, ready: ready(1) })) };
    const path = await heat.create({ group }, { files });
    const shown = await heat.show(path);
    expect(shown.stack_status).toBe('CREATE_FAILED');
    expect(shown.stack_status_reason).toContain('WaitConditionTimeout: 0 of 1 received');
  });
});
