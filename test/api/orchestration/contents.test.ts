import { expect, it } from 'vitest';
import { newUuid } from '#kernel/ids.ts';
import { forEachDatabase } from '#test/support/databases.ts';
import { serveStacks, stranger, text } from './support.ts';

const PAIR = {
  first: { ...text('one'), description: 'The first', metadata: { colour: 'red' } },
  second: text({ get_resource: 'first' }),
};

forEachDatabase('what a stack holds', (open) => {
  it('is shown: template, environment without secrets, files', async () => {
    await using heat = await serveStacks(open);
    const template = {
      heat_template_version: '2021-04-16',
      parameters: { open: { type: 'string' }, hidden: { type: 'string', hidden: true } },
    };
    const path = await heat.create(
      {},
      { template, parameters: { open: 'x', hidden: 'hush, hush' }, files: { 'file:///a': 'content' } },
    );
    expect((await heat.call('GET', `${path}/template`)).body).toEqual(template);
    expect((await heat.call('GET', `${path}/files`)).body).toEqual({ 'file:///a': 'content' });
    expect((await heat.call('GET', `${path}/environment`)).body).toMatchObject({
      parameters: { open: 'x', hidden: '******' },
      resource_registry: { resources: {} },
    });
    for (const part of ['template', 'files', 'environment', 'outputs', 'resources', 'events'])
      expect((await heat.call('GET', `${path}/${part}`, { as: stranger })).status).toBe(404);
  });

  it('is nowhere plain in the database where it is hidden, nor shown', async () => {
    await using heat = await serveStacks(open);
    const secrets = ['hush-one', 'hush-two', 'hush-three'];
    const [one, two, three] = secrets;
    const hidden = { type: 'string', hidden: true };
    const template = {
      heat_template_version: '2021-04-16',
      parameters: { a: hidden, b: hidden, c: { type: 'string' } },
      resources: {
        r: {
          ...text({ get_param: 'a' }),
          metadata: { a: { get_param: 'a' }, b: { get_param: 'b' } },
        },
        s: text({ get_attr: ['r', 'output'] }),
      },
      outputs: { o: { value: { get_param: 'c' } } },
    };
    const environment = {
      parameters: { a: one, c: three },
      parameter_defaults: { b: two },
      encrypted_param_names: ['c'],
    };
    const path = await heat.create({}, { template, environment });
    const { body } = await heat.call('GET', `${path}/environment`);
    expect(body).toMatchObject({
      parameters: { a: '******' },
      parameter_defaults: { b: '******' },
      encrypted_param_names: ['c'],
    });
    expect((await heat.call('GET', `${path}/resources/r/metadata`)).body).toEqual({
      metadata: { a: one, b: two },
    });
    await heat.call('POST', `${path}/snapshots`, { body: {} });
    await heat.idle();
    const db = heat.database.handle<Record<string, object>>();
    for (const table of ['stack', 'stack_resource', 'stack_event', 'stack_snapshot', 'task', 'event']) {
      const rows = JSON.stringify(await db.selectFrom(table).selectAll().execute());
      expect(rows.length, table).toBeGreaterThan(2);
      for (const secret of secrets) expect(rows, table).not.toContain(secret);
    }
  });

  it('is told by outputs, of which one that fails says why', async () => {
    await using heat = await serveStacks(open);
    const template = {
      heat_template_version: '2021-04-16',
      conditions: { never: false },
      resources: PAIR,
      outputs: {
        good: { value: { get_attr: ['second', 'output'] } },
        bad: { value: { str_split: [{ get_attr: ['first', 'output'] }, { a: 1 }] } },
        off: { value: 'x', condition: 'never' },
      },
    };
    const path = await heat.create({}, { template });
    const { body } = await heat.call('GET', `${path}/outputs`);
    expect(body.outputs.map(({ output_key }: { output_key: string }) => output_key)).toEqual([
      'good',
      'bad',
      'off',
    ]);
    const output = async (key: string) => (await heat.call('GET', `${path}/outputs/${key}`)).body.output;
    expect((await output('good')).output_value).toMatch(/^one-first-/);
    expect(await output('bad')).toMatchObject({
      output_value: null,
      output_error: expect.stringContaining('outputs.bad'),
    });
    expect((await output('off')).output_value).toBeNull();
    expect((await heat.call('GET', `${path}/outputs/none`)).status).toBe(404);
  });

  it('is its resources, with whom they serve and what they tell', async () => {
    await using heat = await serveStacks(open);
    const path = await heat.create(PAIR);
    const { body } = await heat.call('GET', `${path}/resources`);
    const at = `http://cloud.test/orchestration/v1/p1${path}`;
    expect(body.resources).toMatchObject([
      {
        resource_name: 'first',
        logical_resource_id: 'first',
        physical_resource_id: expect.stringMatching(/^one-first-\w{12}$/),
        resource_type: 'OS::Heat::TestResource',
        resource_status: 'CREATE_COMPLETE',
        resource_status_reason: 'state changed',
        required_by: ['second'],
        links: [
          { href: `${at}/resources/first`, rel: 'self' },
          { href: at, rel: 'stack' },
        ],
      },
      { resource_name: 'second', required_by: [] },
    ]);
    const listed = async (query: string) =>
      (await heat.call('GET', `${path}/resources?${query}`)).body.resources.map(
        ({ resource_name }: { resource_name: string }) => resource_name,
      );
    expect(await listed('name=second')).toEqual(['second']);
    expect(await listed('status=FAILED')).toEqual([]);
    expect(await listed('type=OS::Heat::TestResource&nested_depth=3&with_detail=true')).toHaveLength(2);
    expect((await heat.call('GET', `${path}/resources?colour=red`)).status).toBe(400);
    const shown = await heat.call('GET', `${path}/resources/first?with_attr=unknown`);
    expect(shown.body.resource).toMatchObject({
      description: 'The first',
      attributes: { output: 'one', unknown: null },
    });
    const { metadata } = (await heat.call('GET', `${path}/resources/first/metadata`)).body;
    expect(metadata).toEqual({ colour: 'red' });
    const none = await heat.call('GET', `${path}/resources/none`);
    expect([none.status, none.body.error.type]).toEqual([404, 'EntityNotFound']);
  });

  it('has resources that are not begun yet', async () => {
    await using heat = await serveStacks(open);
    const path = await heat.create({ bad: text('x', { fail: true }), later: text({ get_resource: 'bad' }) });
    const { body } = await heat.call('GET', `${path}/resources`);
    expect(body.resources).toMatchObject([
      { resource_name: 'bad', resource_status: 'CREATE_FAILED' },
      { resource_name: 'later', resource_status: 'INIT_COMPLETE', physical_resource_id: '' },
    ]);
    expect((await heat.call('GET', `${path}/resources/later`)).body.resource.attributes).toEqual({});
  });

  it('happened in an order, and is told by page and filter', async () => {
    await using heat = await serveStacks(open);
    const path = await heat.create(PAIR);
    const events = async (query = '', place = path) =>
      (await heat.call('GET', `${place}/events?${query}`)).body.events;
    const all = await events();
    const told = all.map((event: { resource_name: string; resource_status: string }) => [
      event.resource_name,
      event.resource_status,
    ]);
    expect(told).toEqual([
      ['one', 'CREATE_IN_PROGRESS'],
      ['first', 'CREATE_IN_PROGRESS'],
      ['first', 'CREATE_COMPLETE'],
      ['second', 'CREATE_IN_PROGRESS'],
      ['second', 'CREATE_COMPLETE'],
      ['one', 'CREATE_COMPLETE'],
    ]);
    expect(await events(`limit=2&marker=${all[1].id}`)).toEqual(all.slice(2, 4));
    expect(await events('sort_dir=desc&limit=1')).toEqual([all[5]]);
    expect(await events('resource_status=COMPLETE&resource_name=first')).toEqual([all[2]]);
    expect(await events('', `${path}/resources/second`)).toEqual([all[3], all[4]]);
    expect((await events('nested_depth=2'))[0].links).toContainEqual({
      href: `http://cloud.test/orchestration/v1/p1${path}`,
      rel: 'root_stack',
    });
    const one = await heat.call('GET', `${path}/resources/first/events/${all[2].id}`);
    expect(one.body.event).toMatchObject({ ...all[2], resource_type: 'OS::Heat::TestResource' });
    expect(one.body.event.links.map(({ rel }: { rel: string }) => rel)).toEqual([
      'self',
      'resource',
      'stack',
    ]);
    expect((await heat.call('GET', `${path}/resources/second/events/${all[2].id}`)).status).toBe(404);
    expect((await heat.call('GET', `${path}/events?marker=${newUuid()}`)).status).toBe(400);
  });
});
