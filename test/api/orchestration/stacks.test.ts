import { expect, it } from 'vitest';
import { newUuid } from '#kernel/ids.ts';
import { forEachDatabase } from '#test/support/databases.ts';
import { administrator, reader, serveStacks, stranger, templateOf, text } from './support.ts';

const RANDOM = { type: 'OS::Heat::RandomString', properties: { length: 8 } };

forEachDatabase('stacks', (open) => {
  it('are made, shown with what they give, changed and deleted', async () => {
    await using heat = await serveStacks(open);
    const outputs = { secret: { description: 'It.', value: { get_attr: ['random', 'value'] } } };
    const body = {
      stack_name: 'one',
      template: templateOf({ random: RANDOM }, { description: 'A try', outputs }),
      tags: 'a,b',
      timeout_mins: 5,
    };
    const made = await heat.call('POST', '/stacks', { body });
    const { id } = made.body.stack;
    expect(made.status).toBe(201);
    expect(made.headers['location']).toBe(`http://cloud.test/orchestration/v1/p1/stacks/one/${id}`);
    expect(made.body.stack.links).toEqual([{ href: made.headers['location'], rel: 'self' }]);
    await heat.idle();
    const path = `/stacks/one/${id}`;
    expect(await heat.show(path)).toMatchObject({
      id,
      stack_name: 'one',
      description: 'A try',
      stack_status: 'CREATE_COMPLETE',
      stack_status_reason: 'Stack CREATE completed successfully',
      stack_owner: 'alice',
      parent: null,
      tags: ['a', 'b'],
      timeout_mins: 5,
      disable_rollback: true,
      updated_time: null,
      deletion_time: null,
      parameters: { 'OS::stack_id': id, 'OS::stack_name': 'one', 'OS::project_id': 'p1' },
      outputs: [{ output_key: 'secret', output_value: expect.stringMatching(/^\w{8}$/), description: 'It.' }],
    });
    const changed = await heat.call('PUT', path, { body: { template: templateOf({ other: text('x') }) } });
    expect([changed.status, changed.body]).toEqual([202, null]);
    await heat.idle();
    expect(await heat.show(path)).toMatchObject({
      stack_status: 'UPDATE_COMPLETE',
      tags: null,
      timeout_mins: 5,
    });
    expect((await heat.call('DELETE', path)).status).toBe(204);
    await heat.idle();
    expect(await heat.show(path)).toMatchObject({ stack_status: 'DELETE_COMPLETE' });
    expect((await heat.call('GET', '/stacks/one')).status).toBe(404);
    expect((await heat.call('GET', '/stacks')).body).toEqual({ stacks: [] });
  });

  it('are found by name, id and ARN, with whatever is asked of them', async () => {
    await using heat = await serveStacks(open);
    const path = await heat.create({ random: RANDOM });
    const id = path.split('/').at(-1) ?? '';
    const arn = encodeURIComponent(`arn:openstack:heat::p1:stacks/one/${id}`);
    const at = `http://cloud.test/orchestration/v1/p1${path}`;
    for (const [method, asked, place] of [
      ['GET', 'one', at],
      ['DELETE', id, at],
      ['PUT', 'one', at],
      ['PATCH', arn, at],
      ['GET', 'one/events?limit=1', `${at}/events?limit=1`],
      ['POST', 'one/actions', `${at}/actions`],
    ] as const) {
      const body = ['GET', 'DELETE'].includes(method) ? {} : { body: {} };
      const found = await heat.call(method, `/stacks/${asked}`, body);
      expect([found.status, found.headers['location']]).toEqual([302, place]);
    }
    expect((await heat.show(path)).stack_status).toBe('CREATE_COMPLETE');
  });

  it('are changed in parts, where values stay that nobody clears', async () => {
    await using heat = await serveStacks(open);
    const template = {
      heat_template_version: '2021-04-16',
      parameters: {
        a: { type: 'string', default: 'a by default' },
        b: { type: 'string', default: 'b by default' },
        hidden: { type: 'string', hidden: true },
      },
      outputs: { all: { value: { list_join: [',', [{ get_param: 'a' }, { get_param: 'b' }]] } } },
    };
    const path = await heat.create(
      {},
      { template, parameters: { a: 'one', hidden: 'hush, hush' }, tags: 'x' },
    );
    const patch = async (body: object) => {
      expect((await heat.call('PATCH', path, { body })).status).toBe(202);
      await heat.idle();
      return heat.show(path);
    };
    expect(await patch({ parameters: { b: 'two' } })).toMatchObject({
      tags: ['x'],
      parameters: { a: 'one', b: 'two', hidden: '******' },
      outputs: [{ output_value: 'one,two' }],
    });
    expect(await patch({ clear_parameters: ['a'] })).toMatchObject({
      outputs: [{ output_value: 'a by default,two' }],
    });
    const { hidden: _, a: __, ...fewer } = template.parameters;
    const smaller = { ...template, parameters: fewer, outputs: {} };
    expect(await patch({ template: smaller })).toMatchObject({ parameters: { b: 'two' }, outputs: [] });
  });

  it('are listed by page, filter and order', async () => {
    await using heat = await serveStacks(open);
    for (const [stack_name, tags] of [
      ['one', 'a,b'],
      ['two', 'b'],
      ['three', ''],
    ])
      await heat.create({}, { stack_name, tags });
    const failing = await heat.create({ x: text('x', { fail: true }) }, { stack_name: 'four' });
    const names = async (query: string) =>
      (await heat.call('GET', `/stacks?${query}`)).body.stacks.map(
        (stack: { stack_name: string }) => stack.stack_name,
      );
    expect(await names('sort_keys=name&sort_dir=asc')).toEqual(['four', 'one', 'three', 'two']);
    expect(await names('name=one&name=two&sort_keys=stack_name&sort_dir=desc')).toEqual(['two', 'one']);
    expect(await names('status=FAILED')).toEqual(['four']);
    expect(await names(`id=${failing.split('/').at(-1)}`)).toEqual(['four']);
    expect(await names('action=UPDATE')).toEqual([]);
    expect(await names('username=alice&limit=2&sort_keys=name&sort_dir=asc')).toEqual(['four', 'one']);
    expect(await names('tags=a,b')).toEqual(['one']);
    expect((await names('tags_any=a,b')).toSorted()).toEqual(['one', 'two']);
    expect((await names('not_tags=a,b')).toSorted()).toEqual(['four', 'three', 'two']);
    expect((await names('not_tags_any=a,b')).toSorted()).toEqual(['four', 'three']);
    const first = await heat.call('GET', '/stacks?limit=3&with_count=true&sort_keys=name&sort_dir=asc');
    expect(first.body).toMatchObject({ count: 4, links: [{ rel: 'next' }] });
    const rest = await heat.call('GET', first.body.links[0].href);
    expect(rest.body.stacks.map((stack: { stack_name: string }) => stack.stack_name)).toEqual(['two']);
    expect(rest.body.links).toBeUndefined();
    await heat.call('DELETE', failing);
    await heat.idle();
    expect(await names('')).toHaveLength(3);
    expect(await names('show_deleted=true')).toContain('four');
    expect((await heat.call('GET', `/stacks?marker=${newUuid()}`)).status).toBe(400);
    expect((await heat.call('GET', '/stacks?sort_dir=sideways')).status).toBe(400);
  });

  it("are one project's: strangers find nothing, readers change nothing, administrators list all", async () => {
    await using heat = await serveStacks(open);
    const path = await heat.create({ random: RANDOM });
    const id = path.split('/').at(-1);
    const seen = await heat.call('GET', path, { as: stranger });
    expect([seen.status, seen.body.error.type]).toEqual([404, 'EntityNotFound']);
    expect((await heat.call('GET', `/stacks/${id}`, { as: stranger })).status).toBe(404);
    expect((await heat.call('DELETE', path, { as: stranger })).status).toBe(404);
    expect((await heat.call('GET', '/stacks', { as: stranger })).body.stacks).toEqual([]);
    const other = await heat.api.call('GET', '/orchestration/v1/p1/stacks', { as: stranger });
    expect([other.status, other.body.error.type]).toEqual([403, 'InvalidTenant']);
    const changed = await heat.call('DELETE', path, { as: reader });
    expect([changed.status, changed.body.error.type]).toEqual([403, 'Forbidden']);
    expect((await heat.call('GET', path, { as: reader })).status).toBe(200);
    expect((await heat.call('GET', '/stacks?global_tenant=true', { as: stranger })).status).toBe(403);
    const all = await heat.call('GET', '/stacks?global_tenant=true', { as: administrator });
    expect(all.body.stacks).toMatchObject([{ id, project: 'p1' }]);
  });

  it.each([
    ['a name that is none', { stack_name: '1one' }, /Invalid stack name/, 'HTTPBadRequest'],
    ['no template', { template: undefined }, /Template not specified/, 'HTTPBadRequest'],
    [
      'a template by its address',
      { template: undefined, template_url: 'file:///etc/passwd' },
      /not followed/,
      'HTTPBadRequest',
    ],
    ['a parameter that is not asked for', { parameters: { x: 1 } }, /not defined/, 'UnknownUserParameter'],
    [
      'a type that there is not',
      { template: templateOf({ a: { type: 'OS::None::Such' } }) },
      /resources\.a\.type/,
      'EntityNotFound',
    ],
    [
      'a property that there is not',
      { template: templateOf({ a: text('x', { colour: 1 }) }) },
      /resources\.a\.properties.*colour/,
      'StackValidationFailed',
    ],
    [
      'a value that does not do',
      { template: templateOf({ a: text('x', { wait_secs: -1 }) }) },
      /resources\.a\.properties\.wait_secs/,
      'StackValidationFailed',
    ],
    [
      'an unknown property that waits for another',
      { template: templateOf({ a: text('x'), b: text('x', { colour: { get_resource: 'a' } }) }) },
      /colour/,
      'StackValidationFailed',
    ],
    [
      'a circle',
      { template: templateOf({ a: text({ get_resource: 'b' }), b: text({ get_resource: 'a' }) }) },
      /Circular/,
      'CircularDependencyException',
    ],
    ['a timeout before now', { timeout_mins: -1 }, /Invalid timeout/, 'StackValidationFailed'],
    ['a tag that is too long', { tags: 'x'.repeat(81) }, /longer than 80/, 'HTTPBadRequest'],
    ['an environment that is none', { environment: 'a: b' }, /wrong section/, 'StackValidationFailed'],
    [
      'an environment file that is not there',
      { environment_files: ['a.yaml'] },
      /not among the files/,
      'HTTPBadRequest',
    ],
    [
      'more resources than are allowed',
      {
        template: templateOf(
          Object.fromEntries(Array.from({ length: 1_001 }, (_, at) => [`r${at}`, RANDOM])),
        ),
      },
      /maximum resources/,
      'RequestLimitExceeded',
    ],
  ])('are refused with %s, and nothing is made', async (_, fields, message, type) => {
    await using heat = await serveStacks(open);
    const body = { stack_name: 'one', template: templateOf({ random: RANDOM }), ...fields };
    const refused = await heat.call('POST', '/stacks', { body });
    expect(refused.body).toMatchObject({
      code: 400,
      title: 'Bad Request',
      error: { type, message: expect.stringMatching(message), traceback: null },
    });
    expect((await heat.call('GET', '/stacks')).body.stacks).toEqual([]);
  });

  it('have names of their own', async () => {
    await using heat = await serveStacks(open);
    await heat.create({});
    const second = await heat.call('POST', '/stacks', {
      body: { stack_name: 'one', template: templateOf({}) },
    });
    expect([second.status, second.body.error.type]).toEqual([409, 'StackExists']);
  });
});
