import { expect, it } from 'vitest';
import { forEachDatabase } from '#test/support/databases.ts';
import { recorded, recordedType } from './recorded.ts';
import { reader, serveStacks, stranger, templateOf, text, type Resources, type StackApi } from './support.ts';

const inner = (more: Resources = {}) =>
  templateOf(
    {
      said: text({ get_param: 'word' }),
      deep: recorded(),
      handle: { type: 'OS::Heat::WaitConditionHandle' },
      ...more,
    },
    {
      parameters: { word: { type: 'string' } },
      outputs: { heard: { value: { get_attr: ['said', 'output'] } } },
    },
  );
const AROUND = { word: { type: 'Our::Word', properties: { word: 'one' } } };
const FIELDS = {
  files: { 'word.yaml': JSON.stringify(inner()) },
  environment: { resource_registry: { 'Our::Word': 'word.yaml' } },
};

/** A stack with one in it. @returns the paths of both */
async function two(heat: StackApi): Promise<readonly [string, string]> {
  const path = await heat.create(AROUND, FIELDS);
  return [path, await nestedIn(heat, path)];
}

async function nestedIn(heat: StackApi, path: string): Promise<string> {
  const { resource } = (await heat.call('GET', `${path}/resources/word`)).body;
  const { href } = resource.links.find((one: { rel: string }) => one.rel === 'nested');
  return href.slice(href.indexOf('/stacks/'));
}

const served = (open: Parameters<typeof serveStacks>[0]) => serveStacks(open, [recordedType().type]);
const namesOf = async (heat: StackApi, path: string): Promise<string[]> => {
  const { resources } = (await heat.call('GET', `${path}/resources`)).body;
  return resources.map((one: { resource_name: string }) => one.resource_name).toSorted();
};

forEachDatabase('a stack in a stack, by its own id', (open) => {
  it('is shown with its resources, events, outputs, template and environment, also by its id alone', async () => {
    await using heat = await served(open);
    const [path, nested] = await two(heat);
    const [, , name, id] = nested.split('/');
    const { body } = await heat.call('GET', nested);
    expect(body.stack).toMatchObject({
      stack_name: name,
      parent: path.split('/').at(-1),
      parameters: { word: 'one' },
      outputs: [{ output_key: 'heard', output_value: 'one' }],
    });
    expect(await namesOf(heat, nested)).toEqual(['deep', 'handle', 'said']);
    expect((await heat.call('GET', `${nested}/resources/said`)).body.resource.parent_resource).toBe('word');
    expect((await heat.call('GET', `${nested}/events`)).body.events.length).toBeGreaterThan(5);
    expect((await heat.call('GET', `${nested}/outputs/heard`)).body.output.output_value).toBe('one');
    expect((await heat.call('GET', `${nested}/template`)).body).toEqual(inner());
    expect((await heat.call('GET', `${nested}/environment`)).body.parameters).toEqual({ word: 'one' });
    for (const by of [id, name]) expect((await heat.call('GET', `/stacks/${by}`)).status, by).toBe(302);
  });

  it('hears signals for its resources', async () => {
    await using heat = await served(open);
    const [, nested] = await two(heat);
    const told = await heat.call('POST', `${nested}/resources/handle/signal`, { body: { data: 'x' } });
    expect(told.status).toBe(200);
    const { events } = (await heat.call('GET', `${nested}/resources/handle/events`)).body;
    expect(events.at(-1).resource_status_reason).toContain('status:SUCCESS');
    const unheard = await heat.call('POST', `${nested}/resources/said/signal`, { body: {} });
    expect(unheard.status).toBe(400);
  });

  it('may be changed on its own, until the stack around it is', async () => {
    await using heat = await served(open);
    const [path, nested] = await two(heat);
    const body = { template: inner({ more: text('x') }), parameters: { word: 'two' } };
    expect((await heat.call('PUT', nested, { body })).status).toBe(202);
    await heat.idle();
    expect(await namesOf(heat, nested)).toEqual(['deep', 'handle', 'more', 'said']);
    await heat.call('PUT', path, { body: { template: templateOf(AROUND), ...FIELDS } });
    await heat.idle();
    expect(await nestedIn(heat, path)).toBe(nested);
    expect(await namesOf(heat, nested)).toEqual(['deep', 'handle', 'said']);
    expect((await heat.show(nested)).parameters).toMatchObject({ word: 'one' });
  });

  it('is walked on its own, and taken away: then the next change makes it anew', async () => {
    const { type, done } = recordedType();
    await using heat = await serveStacks(open, [type]);
    const [path, nested] = await two(heat);
    for (const action of ['suspend', 'resume', 'check']) {
      await heat.call('POST', `${nested}/actions`, { body: { [action]: null } });
      await heat.idle();
    }
    expect(done).toEqual(['suspend deep', 'resume deep', 'check deep']);
    expect((await heat.call('DELETE', nested)).status).toBe(204);
    await heat.idle();
    expect((await heat.show(path)).stack_status).toBe('CREATE_COMPLETE');
    await heat.call('PUT', path, { body: { template: templateOf(AROUND), ...FIELDS } });
    await heat.idle();
    expect((await heat.show(path)).stack_status_reason).toBe('Stack UPDATE completed successfully');
    expect(await namesOf(heat, await nestedIn(heat, path))).toEqual(['deep', 'handle', 'said']);
  });

  it('is as closed as the stack around it', async () => {
    await using heat = await served(open);
    const [, nested] = await two(heat);
    const { project } = stranger;
    const foreign = `http://cloud.test/orchestration/v1/${project?.id}${nested}`;
    expect((await heat.call('GET', foreign, { as: stranger })).status).toBe(404);
    expect((await heat.call('DELETE', foreign, { as: stranger })).status).toBe(404);
    expect((await heat.call('GET', nested, { as: reader })).status).toBe(200);
    expect((await heat.call('DELETE', nested, { as: reader })).status).toBe(403);
  });
});
