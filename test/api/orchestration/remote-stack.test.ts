import { expect, it } from 'vitest';
import { remoteStack } from '#services/orchestration/resources/heat/remote-stack.ts';
import type { JsonMap } from '#services/orchestration/template/json.ts';
import { startCloud } from '#test/support/cloud.ts';
import { forEachDatabase } from '#test/support/databases.ts';
import { cloudFor, keepsTheContract, Specimen } from '#test/support/type-bench.ts';
import { MemberBench } from './member-bench.ts';
import { templateOf, text, type Resources } from './support.ts';

const inner = (more: Resources = {}) =>
  JSON.stringify(
    templateOf(
      { said: text({ get_param: 'word' }), ...more },
      {
        parameters: { word: { type: 'string', default: 'none' } },
        outputs: { heard: { value: { get_attr: ['said', 'output'] } } },
      },
    ),
  );
const remote = (properties: object = {}) => ({
  type: 'OS::Heat::Stack',
  properties: { template: inner(), parameters: { word: 'one' }, ...properties },
});
const OUTPUTS = {
  outputs: {
    outputs: { value: { get_attr: ['far', 'outputs'] } },
    heard: { value: { get_attr: ['far', 'outputs', 'heard'] } },
    name: { value: { get_attr: ['far', 'stack_name'] } },
    id: { value: { get_resource: 'far' } },
  },
};

/** What a stack's outputs tell. */
const toldBy = ({ outputs }: { outputs: { output_key: string; output_value: unknown }[] }) =>
  Object.fromEntries(outputs.map((one) => [one.output_key, one.output_value]));
const farId = async (bench: MemberBench, path: string): Promise<string> =>
  (await bench.call('GET', `${path}/resources/far`)).body.resource.physical_resource_id;
const farState = async (bench: MemberBench, id: string) =>
  (await bench.call('GET', `/stacks?id=${id}&show_deleted=true`)).body.stacks[0].stack_status;
const change = (bench: MemberBench, path: string, resources: Resources) =>
  bench.call('PUT', path, { template: templateOf(resources, OUTPUTS) });

forEachDatabase('a stack by way of the API', (open) => {
  it('is made with its parameters, told, changed in place, walked and taken away with its resource', async () => {
    await using bench = await MemberBench.start(open);
    const path = await bench.begin({ far: remote() }, OUTPUTS);
    const made = toldBy(await bench.reaches(path, 'CREATE_COMPLETE'));
    const id = await farId(bench, path);
    expect(made).toMatchObject({ outputs: { heard: 'one' }, heard: 'one', id });
    expect(made['name']).toMatch(/^one-far-\w{12}$/);
    const { stacks } = (await bench.call('GET', '/stacks')).body;
    expect(stacks, 'it is a stack of its own').toHaveLength(2);

    await change(bench, path, { far: remote({ parameters: { word: 'two' }, timeout: 5 }) });
    expect(toldBy(await bench.reaches(path, 'UPDATE_COMPLETE'))).toMatchObject({ heard: 'two', id });
    for (const action of ['suspend', 'resume', 'check']) {
      await bench.call('POST', `${path}/actions`, { [action]: null });
      await bench.reaches(path, `${action.toUpperCase()}_COMPLETE`);
      expect(await farState(bench, id)).toBe(`${action.toUpperCase()}_COMPLETE`);
    }
    await bench.call('DELETE', path);
    await bench.reaches(path, 'DELETE_COMPLETE');
    expect(await farState(bench, id)).toBe('DELETE_COMPLETE');
  });

  it('has the types, defaults and files of the stack around it', async () => {
    await using bench = await MemberBench.start(open);
    const word = JSON.stringify(templateOf({ inner: text({ get_file: 'note.txt' }) }));
    const template = JSON.stringify(templateOf({ word: { type: 'Our::Word' } }));
    const path = await bench.begin({ far: remote({ template, parameters: {} }) }, OUTPUTS, {
      files: { 'word.yaml': word, 'note.txt': 'a note' },
      environment: { resource_registry: { 'Our::Word': 'word.yaml' }, parameter_defaults: { x: 1 } },
    });
    await bench.reaches(path, 'CREATE_COMPLETE');
    const [far] = (await bench.call('GET', `/stacks?id=${await farId(bench, path)}`)).body.stacks;
    const { body } = await bench.call('GET', `/stacks/${far.stack_name}/${far.id}/environment`);
    expect(body).toMatchObject({ parameter_defaults: { x: 1 } });
  });

  it('says what failed in it, and is gone on with', async () => {
    await using bench = await MemberBench.start(open);
    const broken = inner({ bad: text('x', { fail: true }) });
    const path = await bench.begin({ far: remote({ template: broken }) }, OUTPUTS);
    const { stack_status_reason: reason } = await bench.reaches(path, 'CREATE_FAILED');
    expect(reason).toMatch(/resources\.far: Went to status CREATE_FAILED due to ".*Test Resource failed bad/);
    const id = await farId(bench, path);
    await change(bench, path, { far: remote() });
    expect(toldBy(await bench.reaches(path, 'UPDATE_COMPLETE'))).toMatchObject({ id });
  });

  it('is made anew when somebody took it away', async () => {
    await using bench = await MemberBench.start(open);
    const path = await bench.begin({ far: remote() }, OUTPUTS);
    const { name, id } = toldBy(await bench.reaches(path, 'CREATE_COMPLETE'));
    await bench.call('DELETE', `/stacks/${String(name)}/${String(id)}`);
    await bench.reaches(`/stacks/${String(name)}/${String(id)}`, 'DELETE_COMPLETE');
    await bench.call('POST', `${path}/actions`, { check: null });
    await bench.reaches(path, 'CHECK_FAILED');
    await change(bench, path, { far: remote() });
    expect(toldBy(await bench.reaches(path, 'UPDATE_COMPLETE'))['id']).not.toBe(id);
  });

  it('is refused before anything is made when its template is wrong, or its place is not here', async () => {
    await using bench = await MemberBench.start(open);
    const refused = async (properties: JsonMap) => {
      const template = templateOf({ far: remote(properties) });
      const answer = await bench.call('POST', '/stacks', { stack_name: 'two', template });
      return [answer.status, answer.body.error.message];
    };
    const unknown = JSON.stringify(templateOf({ a: { type: 'OS::None::Such' } }));
    expect(await refused({ template: unknown, parameters: {} })).toEqual([
      400,
      expect.stringContaining('OS::None::Such'),
    ]);
    expect(await refused({ context: { credential_secret_id: 'x' } })).toEqual([
      400,
      expect.stringContaining('"credential_secret_id" is not supported'),
    ]);
    const path = await bench.begin({ far: remote({ context: { region_name: 'Nowhere' } }) });
    const { stack_status_reason: reason } = await bench.reaches(path, 'CREATE_FAILED');
    expect(reason).toContain('Cannot establish connection to Heat endpoint at region "Nowhere"');
    expect((await bench.call('GET', '/stacks')).body.stacks).toHaveLength(1);
  });

  it('is here where the region is said, and made anew when another is', async () => {
    await using bench = await MemberBench.start(open);
    const path = await bench.begin({ far: remote({ context: { region_name: 'RegionOne' } }) }, OUTPUTS);
    const { id } = toldBy(await bench.reaches(path, 'CREATE_COMPLETE'));
    await change(bench, path, { far: remote() });
    expect(toldBy(await bench.reaches(path, 'UPDATE_COMPLETE'))['id']).not.toBe(id);
  });
});

it('a stack is made once however often its maker dies, changed in place, taken away and missed', async () => {
  await using cloud = await startCloud();
  const { token, projectId } = await cloud.addMember('member');
  const specimen = new Specimen(cloudFor(cloud, token, projectId), remoteStack, remote().properties);
  await keepsTheContract(specimen, { parameters: { word: 'two' } });
});
