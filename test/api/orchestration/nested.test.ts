import { expect, it } from 'vitest';
import { forEachDatabase } from '#test/support/databases.ts';
import { recorded, recordedType } from './recorded.ts';
import type { ApiAnswer } from '#test/support/api.ts';
import { serveStacks, templateOf, text, type Resources, type StackApi } from './support.ts';

/** Whatever an answer shows of one thing. */
type Shown = ApiAnswer['body'];

/** A template with a parameter that its one text says, and an output that tells it. */
const inner = (more: Resources = {}, outputs: object = {}) =>
  JSON.stringify(
    templateOf(
      { said: text({ get_param: 'word' }), ...more },
      {
        parameters: { word: { type: 'string', description: 'What is said.' } },
        outputs: { heard: { value: { get_attr: ['said', 'output'] } }, ...outputs },
      },
    ),
  );

const WORD = { type: 'Our::Word', properties: { word: 'one' } };
const fieldsWith = (template: string) => ({
  files: { 'word.yaml': template },
  environment: { resource_registry: { 'Our::Word': 'word.yaml' } },
});
const change = async (heat: StackApi, path: string, resources: Resources, fields: object) => {
  const answer = await heat.call('PUT', path, { body: { template: templateOf(resources), ...fields } });
  expect(answer.text).toBe('null');
  await heat.idle();
};
const resourcesOf = async (heat: StackApi, path: string, depth: number): Promise<Shown[]> =>
  (await heat.call('GET', `${path}/resources?nested_depth=${depth}`)).body.resources;
const namesOf = async (heat: StackApi, path: string, depth = 5): Promise<string[]> =>
  (await resourcesOf(heat, path, depth)).map((one): string => one.resource_name).toSorted();

forEachDatabase('a stack in a stack', (open) => {
  it('is made of a template that stands for a type, and tells what that tells', async () => {
    await using heat = await serveStacks(open);
    const outputs = {
      heard: { value: { get_attr: ['word', 'heard'] } },
      within: { value: { get_attr: ['word', 'resource.said', 'output'] } },
      called: { value: { get_resource: 'word' } },
    };
    const path = await heat.create(
      { word: WORD, after: text({ get_attr: ['word', 'heard'] }) },
      {
        ...fieldsWith(inner()),
        template: templateOf({ word: WORD, after: text({ get_attr: ['word', 'heard'] }) }, { outputs }),
      },
    );
    const shown = await heat.show(path);
    expect(shown.stack_status_reason).toBe('Stack CREATE completed successfully');
    const told = Object.fromEntries(shown.outputs.map((one: Shown) => [one.output_key, one.output_value]));
    const resources = await resourcesOf(heat, path, 1);
    const word = resources.find((one) => one.resource_name === 'word');
    expect(told).toEqual({ heard: 'one', within: 'one', called: word.physical_resource_id });
    expect(resources.map((one): string => one.resource_name).toSorted()).toEqual(['after', 'said', 'word']);
    expect(resources.find((one) => one.resource_name === 'said').parent_resource).toBe('word');
    const nested = word.links.find((one: Shown) => one.rel === 'nested').href;
    const child = (await heat.call('GET', nested)).body.stack;
    expect(child).toMatchObject({ stack_status: 'CREATE_COMPLETE', parent: shown.id });
    expect(child.stack_name).toMatch(/^one-word-\w{12}$/);
    expect((await heat.call('GET', '/stacks')).body.stacks).toHaveLength(1);
    expect((await heat.call('GET', '/stacks?show_nested=true')).body.stacks).toHaveLength(2);
    expect((await heat.call('GET', `${path}/events?nested_depth=1`)).body.events.length).toBeGreaterThan(
      (await heat.call('GET', `${path}/events`)).body.events.length,
    );
  });

  it('is changed with the stack around it, in place, also when its template alone is another', async () => {
    const { type } = recordedType();
    await using heat = await serveStacks(open, [type]);
    const path = await heat.create({ word: WORD }, fieldsWith(inner({ kept: recorded() })));
    const [before] = await resourcesOf(heat, path, 0);
    await change(heat, path, { word: WORD }, fieldsWith(inner({ kept: recorded(), more: recorded() })));
    const [after] = await resourcesOf(heat, path, 0);
    expect(after.physical_resource_id).toBe(before.physical_resource_id);
    expect(await namesOf(heat, path)).toEqual(['kept', 'more', 'said', 'word']);
    const other = { ...WORD, properties: { word: 'two' } };
    await change(heat, path, { word: other }, fieldsWith(inner({ kept: recorded() })));
    expect(await namesOf(heat, path)).toEqual(['kept', 'said', 'word']);
    const { body } = await heat.call('GET', `${path}/resources/word`);
    expect(body.resource.attributes).toEqual({ heard: 'two' });
  });

  it('says what failed in it first, with the way there, and is gone on with', async () => {
    await using heat = await serveStacks(open);
    const broken = inner({ bad: text('x', { fail: true }) });
    const path = await heat.create({ word: WORD }, fieldsWith(broken));
    expect((await heat.show(path)).stack_status_reason).toBe(
      'Resource CREATE failed: BadRequest: resources.word.resources.bad: Test Resource failed bad',
    );
    const [before] = await resourcesOf(heat, path, 0);
    await change(heat, path, { word: WORD }, fieldsWith(inner()));
    const shown = await heat.show(path);
    expect(shown.stack_status).toBe('UPDATE_COMPLETE');
    const [after] = await resourcesOf(heat, path, 0);
    expect(after.physical_resource_id).toBe(before.physical_resource_id);
  });

  it('goes back with the stack around it when a change fails', async () => {
    await using heat = await serveStacks(open);
    const path = await heat.create({ word: WORD }, fieldsWith(inner()));
    const bad = {
      word: { ...WORD, properties: { word: 'two' } },
      bad: { ...text('x', { fail: true }), depends_on: 'word' },
    };
    await change(heat, path, bad, { ...fieldsWith(inner()), disable_rollback: false });
    expect((await heat.show(path)).stack_status).toBe('ROLLBACK_COMPLETE');
    const { body } = await heat.call('GET', `${path}/resources/word`);
    expect(body.resource.attributes).toEqual({ heard: 'one' });
  });

  it('is suspended, resumed, checked and taken away with the stack around it', async () => {
    const { type, done } = recordedType();
    await using heat = await serveStacks(open, [type]);
    const path = await heat.create({ word: WORD }, fieldsWith(inner({ deep: recorded() })));
    for (const action of ['suspend', 'resume', 'check']) {
      await heat.call('POST', `${path}/actions`, { body: { [action]: null } });
      await heat.idle();
    }
    await heat.call('DELETE', path);
    await heat.idle();
    expect(done).toEqual(['suspend deep', 'resume deep', 'check deep']);
    expect((await heat.call('GET', '/stacks?show_nested=true')).body.stacks).toEqual([]);
  });

  it('is given up with the stack around it', async () => {
    await using heat = await serveStacks(open);
    const slow = fieldsWith(inner({ slow: text('x', { action_wait_secs: { create: 600 } }) }));
    const body = { stack_name: 'one', template: templateOf({ word: WORD }), ...slow };
    const made = await heat.call('POST', '/stacks', { body });
    const path = `/stacks/one/${made.body.stack.id}`;
    while (!(await namesOf(heat, path)).includes('slow'));

    await heat.call('POST', `${path}/actions`, { body: { cancel_without_rollback: null } });
    await heat.idle();

    const { body: all } = await heat.call('GET', '/stacks?show_nested=true');
    expect(all.stacks.map((one: Shown) => one.stack_status)).toEqual(['CREATE_FAILED', 'CREATE_FAILED']);
    await heat.call('DELETE', path);
    await heat.idle();
    expect((await heat.call('GET', '/stacks?show_nested=true')).body.stacks).toEqual([]);
  });

  it('is taken along with the stack around it, and adopted with it', async () => {
    const { type } = recordedType();
    await using heat = await serveStacks(open, [type]);
    const deeper = { deep: recorded(), lost: { type: 'OS::Heat::RandomString' } };
    const path = await heat.create({ word: WORD }, fieldsWith(inner(deeper)));
    const idsOf = async (at: string) =>
      Object.fromEntries(
        (await resourcesOf(heat, at, 1)).map((one) => [one.resource_name, one.physical_resource_id]),
      );
    const before = await idsOf(path);
    const portrait = (await heat.call('DELETE', `${path}/abandon`)).body;
    expect(portrait.resources.word.resources.deep.resource_id).toBe(before['deep']);
    delete portrait.resources.word.resources.lost;
    const body = { stack_name: 'one', adopt_stack_data: JSON.stringify(portrait) };
    const { stack } = (await heat.call('POST', '/stacks', { body })).body;
    await heat.idle();
    const adopted = `/stacks/one/${stack.id}`;
    expect((await heat.show(adopted)).stack_status_reason).toBe('Stack ADOPT completed successfully');
    const after = await idsOf(adopted);
    expect(after).toMatchObject({ said: before['said'], deep: before['deep'] });
    expect([after['word'] === before['word'], after['lost'] === before['lost']]).toEqual([false, false]);
    await heat.call('DELETE', adopted);
    await heat.idle();
    expect((await heat.call('GET', '/stacks?show_nested=true')).body.stacks).toEqual([]);
  });

  it('is refused before anything is made, with the way to what is wrong', async () => {
    await using heat = await serveStacks(open);
    const refused = async (template: string, word: object = WORD) => {
      const body = { stack_name: 'one', template: templateOf({ word }), ...fieldsWith(template) };
      const answer = await heat.call('POST', '/stacks', { body });
      expect(answer.status).toBe(400);
      return answer.body.error.message as string;
    };
    expect(await refused(inner({ odd: { type: 'No::Such' } }))).toContain(
      'resources.word<word.yaml>: resources.odd.type: The Resource Type (No::Such) could not be found.',
    );
    expect(await refused(inner(), { type: 'Our::Word' })).toContain('Property word not assigned');
    expect(await refused(inner(), { type: 'Our::Word', properties: { word: 'a', b: 1 } })).toContain(
      'Unknown Property b',
    );
    expect(await refused(inner({ again: WORD }))).toContain('Recursion depth exceeds 5.');
    expect(await refused('resources: {')).toContain('word.yaml');
    expect(await refused(inner(), { type: 'missing.yaml' })).toContain('missing.yaml');
    expect((await heat.call('GET', '/stacks?show_nested=true')).body.stacks).toEqual([]);
  });

  it('is made as CFN says it, of a template among the files', async () => {
    await using heat = await serveStacks(open);
    const word = (said: string, url = 'http://a.test/word.yaml') => ({
      type: 'AWS::CloudFormation::Stack',
      properties: { TemplateURL: url, Parameters: { word: said } },
    });
    const outputs = {
      heard: { value: { get_attr: ['word', 'Outputs.heard'] } },
      called: { value: { get_resource: 'word' } },
    };
    const files = { 'http://a.test/word.yaml': inner() };
    const template = templateOf({ word: word('one') }, { outputs });
    const path = await heat.create({}, { template, files });
    const told = async () =>
      (await heat.show(path)).outputs.map((one: Shown): unknown => one.output_value) as unknown[];
    const [row] = await resourcesOf(heat, path, 0);
    const arn = expect.stringMatching(
      new RegExp(`^arn:openstack:heat::p1:stacks/one-word-\\w+/${row.physical_resource_id}$`),
    );
    expect(await told()).toEqual(['one', arn]);
    const changed = templateOf({ word: word('two') }, { outputs });
    await heat.call('PUT', path, { body: { template: changed, files } });
    await heat.idle();
    expect(await told()).toEqual(['two', arn]);
    const elsewhere = templateOf({ word: word('two', 'http://b.test/word.yaml') });
    await heat.call('PUT', path, { body: { template: elsewhere, files } });
    await heat.idle();
    expect((await heat.show(path)).stack_status_reason).toContain('it is not among the files of the stack');
  });

  it('takes defaults for all templates, and what is said of its own resources', async () => {
    await using heat = await serveStacks(open);
    const resource_registry = {
      'Our::Word': 'word.yaml',
      resources: { word: { said: { 'OS::Heat::TestResource': 'OS::Heat::None' } } },
    };
    const fields = {
      files: { 'word.yaml': inner() },
      environment: { parameter_defaults: { word: 'by default' }, resource_registry },
    };
    const path = await heat.create({ word: { type: 'Our::Word' } }, fields);
    const { body } = await heat.call('GET', `${path}/resources?nested_depth=1&with_detail=true`);
    const said = body.resources.find((one: Shown) => one.resource_name === 'said');
    expect(said).toMatchObject({
      resource_type: 'OS::Heat::TestResource',
      resource_status: 'CREATE_COMPLETE',
    });
    expect((await heat.show(path)).stack_status).toBe('CREATE_COMPLETE');
  });
});
