import { expect, it } from 'vitest';
import type { ApiAnswer } from '#test/support/api.ts';
import { forEachDatabase } from '#test/support/databases.ts';
import { recorded, recordedType } from './recorded.ts';
import { serveStacks, templateOf, text, type Resources, type StackApi } from './support.ts';

type Shown = ApiAnswer['body'];

const group = (count: number, more: object = {}, definition: object = text('value %index%')) => ({
  type: 'OS::Heat::ResourceGroup',
  properties: { count, resource_def: definition, ...more },
});
const scaling = (properties: object = {}) => ({
  type: 'OS::Heat::AutoScalingGroup',
  properties: { min_size: 1, max_size: 4, desired_capacity: 2, resource: text('one'), ...properties },
});
const policy = (by: number, properties: object = {}) => ({
  type: 'OS::Heat::ScalingPolicy',
  properties: {
    auto_scaling_group_id: { get_resource: 'group' },
    adjustment_type: 'change_in_capacity',
    scaling_adjustment: by,
    ...properties,
  },
});

const created = async (heat: StackApi, resources: Resources, outputs: object = {}) =>
  heat.create(resources, { template: templateOf(resources, { outputs }) });
const outputsOf = async (heat: StackApi, path: string): Promise<Shown> =>
  Object.fromEntries((await heat.show(path)).outputs.map((one: Shown) => [one.output_key, one.output_value]));
const update = async (heat: StackApi, path: string, resources: Resources, fields: object = {}) => {
  const body = { template: templateOf(resources), ...fields };
  expect((await heat.call('PUT', path, { body })).text).toBe('null');
  await heat.idle();
  return heat.show(path);
};
const membersOf = async (heat: StackApi, path: string): Promise<string[]> => {
  const { body } = await heat.call('GET', `${path}/resources?nested_depth=1`);
  const inner = body.resources.filter((one: Shown) => one.parent_resource === 'group');
  return inner.map((one: Shown): string => one.resource_name).toSorted();
};
const attributes = async (heat: StackApi, path: string, names: string) =>
  (await heat.call('GET', `${path}/resources/group?with_attr=${names}`)).body.resource.attributes;

forEachDatabase('a group of resources', (open) => {
  it('has so many, each with its index, and tells what they tell', async () => {
    await using heat = await serveStacks(open);
    const outputs = {
      list: { value: { get_attr: ['group', 'output'] } },
      map: { value: { get_attr: ['group', 'attributes', 'output'] } },
      one: { value: { get_attr: ['group', 'resource.1.output'] } },
      split: { value: { get_attr: ['group', 'resource.1', 'output'] } },
      refs: { value: { get_attr: ['group', 'refs'] } },
      refs_map: { value: { get_attr: ['group', 'refs_map'] } },
      refused: { value: { get_attr: ['group', 'attributes'] } },
    };
    const path = await created(heat, { group: group(3) }, outputs);
    const told = await outputsOf(heat, path);
    expect(told.list).toEqual(['value 0', 'value 1', 'value 2']);
    expect(told.map).toEqual({ 0: 'value 0', 1: 'value 1', 2: 'value 2' });
    expect([told.one, told.split]).toEqual(['value 1', 'value 1']);
    expect(told.refs).toEqual(Object.values(told.refs_map));
    expect(Object.keys(told.refs_map)).toEqual(['0', '1', '2']);
    expect(told.refused).toBeNull();
  });

  it('grows, shrinks, and never uses again the names that were removed', async () => {
    await using heat = await serveStacks(open);
    const path = await created(heat, { group: group(3) });
    const removal_policies = [{ resource_list: ['1'] }];
    await update(heat, path, { group: group(3, { removal_policies }) });
    expect(await membersOf(heat, path)).toEqual(['0', '2', '3']);
    await update(heat, path, { group: group(2) });
    expect(await membersOf(heat, path)).toEqual(['0', '2']);
    expect(await attributes(heat, path, 'removed_rsrc_list')).toMatchObject({ removed_rsrc_list: ['1'] });
    await update(heat, path, { group: group(0) });
    expect(await membersOf(heat, path)).toEqual([]);
  });

  it('is made and changed by batches where its policy says so', async () => {
    const { type } = recordedType();
    await using heat = await serveStacks(open, [type]);
    const update_policy = { rolling_update: { max_batch_size: 1 }, batch_create: { max_batch_size: 2 } };
    const rolling = (value: string) => ({ ...group(3, {}, recorded({ value })), update_policy });
    const path = await created(heat, { group: rolling('old') });
    const child = (await heat.call('GET', '/stacks?show_nested=true')).body.stacks.find(
      (one: Shown) => one.parent,
    );
    const changes = async () => {
      const { body } = await heat.call('GET', `/stacks/${child.stack_name}/${child.id}/events?limit=900`);
      const done = body.events.filter((one: Shown) => one.resource_status.endsWith('COMPLETE'));
      return done.map(
        (one: Shown) =>
          `${one.resource_status.split('_')[0]} ${one.resource_name === child.stack_name ? 'all' : one.resource_name}`,
      );
    };
    const made = await changes();
    expect(made.slice(0, 2).toSorted()).toEqual(['CREATE 0', 'CREATE 1']);
    expect(made.slice(2)).toEqual(['CREATE all', 'CREATE 2', 'UPDATE all']);
    await update(heat, path, { group: rolling('new') });
    expect((await changes()).slice(5)).toEqual([
      'UPDATE 0',
      'UPDATE all',
      'UPDATE 1',
      'UPDATE all',
      'UPDATE 2',
      'UPDATE all',
      'UPDATE all',
    ]);
  });

  it('is refused with what is wrong in its definition', async () => {
    await using heat = await serveStacks(open);
    const refused = async (resource: object) => {
      const body = { stack_name: 'one', template: templateOf({ group: resource }) };
      return (await heat.call('POST', '/stacks', { body })).body.error?.message;
    };
    expect(await refused(group(1, {}, { type: 'No::Such' }))).toContain(
      'The Resource Type (No::Such) could not be found',
    );
    expect(await refused(group(-1))).toContain('-1');
    expect(await refused(scaling({ min_size: 5 }))).toContain('min_size can not be greater than max_size');
    expect(await refused(group(1001))).toBeUndefined();
    await heat.idle();
    const [failed] = (await heat.call('GET', '/stacks')).body.stacks;
    expect(failed.stack_status_reason).toContain('maximum resources per stack');
  });

  it('of several types goes one after another', async () => {
    await using heat = await serveStacks(open);
    const chain = {
      type: 'OS::Heat::ResourceChain',
      properties: {
        resources: ['OS::Heat::TestResource', 'OS::Heat::TestResource'],
        resource_properties: { value: 'same' },
      },
    };
    const outputs = { told: { value: { get_attr: ['group', 'attributes', 'output'] } } };
    const path = await created(heat, { group: chain }, outputs);
    expect(await outputsOf(heat, path)).toEqual({ told: { 0: 'same', 1: 'same' } });
    const { body } = await heat.call('GET', `${path}/resources?nested_depth=1`);
    const first = body.resources.find((one: Shown) => one.resource_name === '0');
    expect(first.required_by).toEqual(['1']);
  });
});

forEachDatabase('a group that scales', (open) => {
  const signal = async (heat: StackApi, path: string, name: string, body: object = {}) => {
    const answer = await heat.call('POST', `${path}/resources/${name}/signal`, { body });
    await heat.idle();
    return answer.status;
  };
  const size = async (heat: StackApi, path: string) =>
    (await attributes(heat, path, 'current_size')).current_size;

  it('grows and shrinks within its bounds when its policies are signalled, the oldest first', async () => {
    await using heat = await serveStacks(open);
    const path = await created(heat, { group: scaling(), more: policy(1), less: policy(-1) });
    const before = new Set(await membersOf(heat, path));
    const asked = await heat.call('GET', `${path}/resources/more?with_attr=alarm_url`);
    expect(asked.body.resource.attributes.alarm_url).toMatch(/\/signal\/.*\/more\?.*Signature=/);
    expect(await signal(heat, path, 'more')).toBe(200);
    expect(await signal(heat, path, 'more', { current: 'alarm' })).toBe(200);
    expect(await size(heat, path)).toBe(4);
    await signal(heat, path, 'more');
    expect(await size(heat, path)).toBe(4);
    await signal(heat, path, 'more', { current: 'ok' });
    await signal(heat, path, 'less');
    const left = await membersOf(heat, path);
    expect([left.length, left.filter((name) => before.has(name)).length]).toEqual([3, 1]);
    const shown = await update(heat, path, { group: scaling({ resource: text('two') }), more: policy(1) });
    expect(shown.stack_status).toBe('UPDATE_COMPLETE');
    expect(await membersOf(heat, path)).toEqual(left);
  });

  it('leaves what it has in peace while it is cool, and does what its policy says of percents', async () => {
    await using heat = await serveStacks(open);
    const percent = { adjustment_type: 'percent_change_in_capacity', min_adjustment_step: 2 };
    const resources = { group: scaling(), more: policy(10, { ...percent, cooldown: 600 }), less: policy(-1) };
    const path = await created(heat, resources);
    await signal(heat, path, 'more');
    await signal(heat, path, 'less');
    await signal(heat, path, 'more');
    expect(await size(heat, path)).toBe(3);
    const { body } = await heat.call('GET', `${path}/resources/more/events`);
    const reasons = body.events.map((one: Shown) => one.resource_status_reason).slice(-2);
    expect(reasons).toEqual(['Adjusted by 10', 'No action required']);
  });

  it('is not scaled while its stack is changed, and not without a group', async () => {
    await using heat = await serveStacks(open);
    const lost = { ...policy(1), properties: { ...policy(1).properties, auto_scaling_group_id: 'nobody' } };
    const path = await created(heat, { group: scaling(), more: policy(1), lost });
    expect(await signal(heat, path, 'lost')).toBe(404);
    const slow = text('x', { action_wait_secs: { create: 600 } });
    const template = templateOf({ group: scaling(), more: policy(1), lost, slow });
    await heat.call('PUT', path, { body: { template } });
    expect((await heat.call('POST', `${path}/resources/more/signal`, { body: {} })).status).toBe(409);
    await heat.call('DELETE', path);
    await heat.idle();
    expect((await heat.call('GET', '/stacks?show_nested=true')).body.stacks).toEqual([]);
  });
});
