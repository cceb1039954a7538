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
