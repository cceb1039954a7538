import { expect, it } from 'vitest';
import { forEachDatabase } from '#test/support/databases.ts';
import { administrator, member, serveStacks, templateOf, text } from './support.ts';

forEachDatabase('before anything is made', (open) => {
  it('a preview says what would be, and makes nothing', async () => {
    await using heat = await serveStacks(open);
    const body = { stack_name: 'one', template: templateOf({ a: text('x') }), tags: 'b' };
    const { status, body: seen } = await heat.call('POST', '/stacks/preview', { body });
    expect(status).toBe(200);
    expect(seen.stack).toMatchObject({
      id: 'None',
      stack_name: 'one',
      tags: ['b'],
      resources: [{ resource_name: 'a', resource_type: 'OS::Heat::TestResource', resource_action: 'INIT' }],
    });
    expect((await heat.call('GET', '/stacks')).body.stacks).toEqual([]);
    const wrong = { ...body, template: templateOf({ a: { type: 'OS::None::Such' } }) };
    expect((await heat.call('POST', '/stacks/preview', { body: wrong })).status).toBe(400);
  });

  it('the preview of a change tells what stays, changes, is replaced, comes and goes', async () => {
    await using heat = await serveStacks(open);
    const [same, changed, gone] = [text('same'), text('old'), text('gone')];
    const path = await heat.create({ same, changed, replaced: text('x'), gone });
    const template = templateOf({
      same,
      changed: text('new'),
      replaced: text('x', { update_replace_value: 'y' }),
      added: text('x'),
    });
    for (const method of ['PUT', 'PATCH']) {
      const { status, body } = await heat.call(method, `${path}/preview`, { body: { template } });
      expect(status).toBe(200);
      const names = Object.entries<{ resource_name: string }[]>(body.resource_changes).map(
        ([kind, items]) => [kind, items.map((item) => item.resource_name)],
      );
      expect(Object.fromEntries(names)).toEqual({
        unchanged: ['same'],
        updated: ['changed'],
        replaced: ['replaced'],
        added: ['added'],
        deleted: ['gone'],
      });
    }
    expect((await heat.show(path)).stack_status).toBe('CREATE_COMPLETE');
  });

  it('validation tells what a template asks for', async () => {
    await using heat = await serveStacks(open);
    const template = {
      heat_template_version: '2018-08-31',
      description: 'A try',
      parameter_groups: [{ label: 'group', parameters: ['size'] }],
      parameters: {
        size: {
          type: 'number',
          default: 3,
          label: 'Size',
          tags: ['a'],
          constraints: [{ range: { min: 1, max: 9 }, description: 'Not so.' }],
        },
        key: { type: 'string', hidden: true, constraints: [{ custom_constraint: 'nova.keypair' }] },
      },
      resources: { a: text({ get_param: 'key' }) },
    };
    const { status, body } = await heat.call('POST', '/validate', { body: { template } });
    expect(status).toBe(200);
    expect(body).toEqual({
      Description: 'A try',
      ParameterGroups: [{ label: 'group', description: null, parameters: ['size'] }],
      Parameters: {
        size: {
          Type: 'Number',
          Label: 'Size',
          Description: '',
          NoEcho: 'false',
          Default: 3,
          MinValue: 1,
          MaxValue: 9,
          ConstraintDescription: 'Not so.',
          Tags: ['a'],
        },
        key: {
          Type: 'String',
          Label: 'key',
          Description: '',
          NoEcho: 'true',
          CustomConstraint: 'nova.keypair',
        },
      },
      Environment: expect.objectContaining({ parameters: {} }),
    });
  });

  it('validation refuses what creation would, and passes over what it is told to', async () => {
    await using heat = await serveStacks(open);
    const ask = (template: object, query = '', more: object = {}) =>
      heat.call('POST', `/validate${query}`, { body: { template, ...more } });
    const unknown = templateOf({ a: { type: 'OS::None::Such' } });
    expect((await ask(unknown)).body.error.type).toBe('EntityNotFound');
    expect((await ask(unknown, '?ignore_errors=99001')).status).toBe(200);
    expect((await ask(unknown, '?ignore_errors=7')).status).toBe(400);
    expect((await ask(templateOf({}), '', { parameters: { x: 1 } })).body.error.type).toBe(
      'UnknownUserParameter',
    );
    expect((await heat.call('POST', '/validate', { body: {} })).status).toBe(400);
  });

  it('the language tells its types, versions and functions', async () => {
    await using heat = await serveStacks(open);
    const types = (await heat.call('GET', '/resource_types')).body.resource_types;
    expect(types).toEqual(types.toSorted());
    expect(types).toContain('OS::Heat::RandomString');
    const named = await heat.call('GET', '/resource_types?name=OS::Heat::Rand&with_description=true');
    expect(named.body.resource_types).toEqual([
      { resource_type: 'OS::Heat::RandomString', description: expect.any(String) },
    ]);
    expect((await heat.call('GET', '/resource_types?name=(')).status).toBe(400);
    expect((await heat.call('GET', '/resource_types?support_status=HIDDEN')).body.resource_types).toEqual([
      'OS::Heat::SoftwareDeployments',
      'OS::Heat::StructuredDeployments',
      'OS::Neutron::RouterGateway',
    ]);
    const random = '/resource_types/OS%3A%3AHeat%3A%3ARandomString';
    expect((await heat.call('GET', random)).body).toMatchObject({
      resource_type: 'OS::Heat::RandomString',
      properties: { length: { type: 'integer', update_allowed: false } },
      attributes: { value: { type: 'string' } },
      support_status: { status: 'SUPPORTED' },
    });
    expect((await heat.call('GET', `${random}/template`)).body.Resources).toBeDefined();
    expect((await heat.call('GET', `${random}/template?template_type=hot`)).body.resources).toBeDefined();
    expect((await heat.call('GET', `${random}/template?template_type=x`)).status).toBe(400);
    expect((await heat.call('GET', '/resource_types/OS::No')).status).toBe(404);
    const { template_versions } = (await heat.call('GET', '/template_versions')).body;
    expect(template_versions).toContainEqual({
      version: 'heat_template_version.2016-10-14',
      type: 'hot',
      aliases: ['heat_template_version.newton'],
    });
    const functions = async (query = '') =>
      (
        await heat.call('GET', `/template_versions/heat_template_version.2016-10-14/functions${query}`)
      ).body.template_functions.map((one: { functions: string }) => one.functions);
    expect(await functions()).not.toContain('equals');
    expect(await functions('?with_condition_func=true')).toContain('equals');
    expect((await heat.call('GET', '/template_versions/none/functions')).status).toBe(404);
  });

  it('processes tell who they are, to administrators alone which there are', async () => {
    await using heat = await serveStacks(open);
    expect((await heat.call('GET', '/build_info')).body.engine.revision).toBe('hydria');
    expect((await heat.call('GET', '/services', { as: member })).status).toBe(403);
    const { services } = (await heat.call('GET', '/services', { as: administrator })).body;
    expect(services).toMatchObject([{ host: 'control', binary: 'heat-engine', status: 'up' }]);
  });
});

const WORD = JSON.stringify(
  templateOf(
    { said: text({ get_param: 'word' }) },
    {
      description: 'Says a word',
      parameters: { word: { type: 'string' }, loud: { type: 'boolean', default: false } },
    },
  ),
);
const FILES = {
  files: { 'word.yaml': WORD },
  environment: { resource_registry: { 'Our::Word': 'word.yaml' } },
};
const word = (said: unknown) => ({ type: 'Our::Word', properties: { word: said } });
const words = (count: number) => ({
  type: 'OS::Heat::ResourceGroup',
  properties: { count, resource_def: word('%index%') },
});

/** Names in the shape of the tree. */
type Tree = ({ resource_name: string } | Tree)[];
const namesIn = (tree: Tree): unknown[] =>
  tree.map((one) => ('resource_name' in one ? one.resource_name : namesIn(one)));

forEachDatabase('before stacks in a stack are made', (open) => {
  it('a preview has the resources of each in place of the resource that holds it', async () => {
    await using heat = await serveStacks(open);
    const template = templateOf({ plain: text('x'), one: word('a'), many: words(3) });
    const body = { stack_name: 'top', template, ...FILES };
    const { stack } = (await heat.call('POST', '/stacks/preview', { body })).body;
    expect(namesIn(stack.resources)).toEqual(['plain', ['said'], [['said'], ['said'], ['said']]]);
    expect(stack.resources[1][0]).toMatchObject({ stack_name: 'top-one', parent_resource: 'one' });
    expect((await heat.call('GET', '/stacks?show_nested=true')).body.stacks).toEqual([]);
  });

  it('a group that is too large to look at is refused', async () => {
    await using heat = await serveStacks(open);
    const body = { stack_name: 'top', template: templateOf({ many: words(1e9) }), ...FILES };
    const refused = await heat.call('POST', '/stacks/preview', { body });
    expect([refused.status, refused.body.error.type]).toEqual([400, 'RequestLimitExceeded']);
  });

  it('the preview of a change tells of those within, when it is asked to', async () => {
    await using heat = await serveStacks(open);
    const before = { same: word('a'), other: word('b'), gone: word('c'), many: words(1) };
    const path = await heat.create(before, { ...FILES, template: templateOf(before) });
    const after = templateOf({ same: word('a'), other: word('z'), many: words(2), added: word('d') });
    const ask = async (query: string) => {
      const answer = await heat.call('PUT', `${path}/preview${query}`, {
        body: { template: after, ...FILES },
      });
      const changes = Object.entries<{ resource_name: string; parent_resource?: string }[]>(
        answer.body.resource_changes,
      );
      return Object.fromEntries(
        changes.map(([kind, all]) => [
          kind,
          all.map((one) => [one.parent_resource, one.resource_name].filter(Boolean).join('/')),
        ]),
      );
    };
    expect(await ask('')).toMatchObject({ added: ['added'], deleted: ['gone'] });
    expect(await ask('?show_nested=true')).toEqual({
      unchanged: ['same/said', '0/said'],
      updated: ['same', 'other', 'other/said', 'many', 'many/0'],
      replaced: [],
      added: ['many/1', '1/said', 'added', 'added/said'],
      deleted: ['gone', 'gone/said'],
    });
    expect((await heat.show(path)).stack_status).toBe('CREATE_COMPLETE');
  });

  it('validation tells what those within ask for, when it is asked to', async () => {
    await using heat = await serveStacks(open);
    const template = templateOf(
      { one: word({ get_param: 'said' }), many: words(2) },
      { parameters: { said: { type: 'string' } } },
    );
    const ask = async (query: string) =>
      (await heat.call('POST', `/validate${query}`, { body: { template, ...FILES } })).body;
    expect(await ask('')).not.toHaveProperty('NestedParameters');
    const { NestedParameters: nested } = await ask('?show_nested=true');
    expect(nested.one).toMatchObject({
      Type: 'Our::Word',
      Description: 'Says a word',
      Parameters: { word: { Type: 'String' }, loud: { Default: false } },
    });
    expect(nested.many).toMatchObject({
      Type: 'OS::Heat::ResourceGroup',
      NestedParameters: { 0: { Type: 'Our::Word', Parameters: { word: { Value: '0' } } } },
    });
  });
});
