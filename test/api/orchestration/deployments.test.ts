import { expect, it } from 'vitest';
import { newUuid } from '#kernel/ids.ts';
import { forEachDatabase, openInMemory } from '#test/support/databases.ts';
import { until } from '#test/support/until.ts';
import { MemberBench } from './member-bench.ts';
import { serveStacks, templateOf } from './support.ts';

const CONFIG = {
  type: 'OS::Heat::SoftwareConfig',
  properties: {
    group: 'script',
    config: 'echo $whom',
    inputs: [{ name: 'whom', default: 'world' }, { name: 'kind' }],
    outputs: [{ name: 'greeting' }, { name: 'trouble', error_output: true }],
  },
};
const SERVER = newUuid();
const deployment = (properties: object = {}) => ({
  type: 'OS::Heat::SoftwareDeployment',
  properties: { config: { get_resource: 'config' }, server: SERVER, ...properties },
});

/** What a server is to do, once it is something new. */
const told = (bench: MemberBench, server = SERVER, than: readonly string[] = []): Promise<Instruction[]> =>
  until('instructions', async () => {
    const { metadata } = (await bench.call('GET', `/software_deployments/metadata/${server}`)).body;
    const isNew = metadata.length > 0 && metadata.every(({ id }: Instruction) => !than.includes(id));
    return isNew && metadata;
  });

interface Instruction {
  readonly id: string;
  readonly name: string;
  readonly config: unknown;
  readonly inputs: readonly { readonly name: string; readonly value: unknown }[];
}
const inputOf = ({ inputs }: Instruction, name: string) => inputs.find((one) => one.name === name)?.value;

/** The user that a server is given, as an agent uses it. */
class Teller {
  readonly #bench: MemberBench;
  readonly #place: string;
  readonly #token: string;
  readonly projectId: string;

  private constructor(bench: MemberBench, instruction: Instruction | undefined, token: string) {
    this.#bench = bench;
    this.#token = token;
    this.#place = inputIn(instruction, 'deploy_stack_id');
    this.projectId = inputIn(instruction, 'deploy_project_id');
  }

  static async signedIn(bench: MemberBench, instruction: Instruction | undefined): Promise<Teller> {
    const { status, headers } = await Teller.signIn(bench, instruction);
    expect(status).toBe(201);
    return new Teller(bench, instruction, String(headers['x-subject-token']));
  }

  static signIn(bench: MemberBench, instruction: Instruction | undefined) {
    const user = {
      id: inputIn(instruction, 'deploy_user_id'),
      password: inputIn(instruction, 'deploy_password'),
    };
    expect(inputIn(instruction, 'deploy_auth_url')).toBe('http://cloud.test/identity/v3');
    const scope = { project: { id: inputIn(instruction, 'deploy_project_id') } };
    const auth = { identity: { methods: ['password'], password: { user } }, scope };
    return bench.cloud.call('POST', '/identity/v3/auth/tokens', { body: { auth } });
  }

  signals = (resource: string, body: object) =>
    this.call(
      'POST',
      `/orchestration/v1/${this.projectId}/stacks/${this.#place}/resources/${resource}/signal`,
      body,
    );

  call = (method: string, path: string, body?: object) =>
    this.#bench.cloud.call(method, path, { token: this.#token, ...(body && { body }) });
}

const inputIn = (instruction: Instruction | undefined, name: string): string =>
  String(instruction && inputOf(instruction, name));
const pathOf = (signed: unknown): string => {
  const { pathname, search } = new URL(String(signed));
  return pathname + search;
};

forEachDatabase('software deployments', (open) => {
  it('tell a server what to do and where to say how it went, in each action that they name', async () => {
    await using bench = await MemberBench.start(open);
    const actions = ['CREATE', 'UPDATE', 'SUSPEND', 'DELETE'];
    const resources = (kind: string) => ({
      config: CONFIG,
      deployed: deployment({ input_values: { kind, more: 1 }, actions }),
    });
    const outputs = {
      outputs: {
        greeting: { value: { get_attr: ['deployed', 'greeting'] } },
        code: { value: { get_attr: ['deployed', 'deploy_status_code'] } },
      },
    };
    const path = await bench.begin(resources('first'), outputs);
    const seen: string[] = [];
    const answer = async (action: string, state: string) => {
      const [instruction] = await told(bench, SERVER, seen);
      if (!instruction) throw new Error('Nothing is told.');
      seen.push(instruction.id);
      expect(instruction).toMatchObject({ group: 'script', config: 'echo $whom' });
      expect(
        ['whom', 'more', 'deploy_action', 'deploy_server_id'].map((name) => inputOf(instruction, name)),
      ).toEqual(['world', 1, action, SERVER]);
      expect(inputOf(instruction, 'deploy_signal_verb')).toBe('POST');
      const body = { greeting: `${action} done`, deploy_stdout: 'out', deploy_status_code: 0 };
      const signed = pathOf(inputOf(instruction, 'deploy_signal_id'));
      const forged = await bench.cloud.call(
        'POST',
        signed.replace(/deployment=[^&]*/, `deployment=${newUuid()}`),
        {
          body,
        },
      );
      expect(forged.status).toBe(401);
      const answered = await bench.cloud.call('POST', signed, { body });
      expect(answered.status, answered.text).toBe(200);
      return bench.reaches(path, state);
    };
    const made = await answer('CREATE', 'CREATE_COMPLETE');
    expect(made.outputs).toMatchObject([
      { output_key: 'greeting', output_value: 'CREATE done' },
      { output_key: 'code', output_value: 0 },
    ]);
    await bench.call('PUT', path, { template: templateOf(resources('second'), outputs) });
    await answer('UPDATE', 'UPDATE_COMPLETE');
    await bench.call('POST', `${path}/actions`, { suspend: null });
    await answer('SUSPEND', 'SUSPEND_COMPLETE');
    expect(await bench.counts()).toEqual([2, 1, 1]);
    await bench.call('DELETE', path);
    await bench.reaches(path, 'DELETE_COMPLETE'); // no server of that id is there to carry it out
    expect(await bench.counts()).toEqual([0, 0, 0]);
  });

  it('fail with what the server says is wrong, and go without a trace', async () => {
    await using bench = await MemberBench.start(open);
    const path = await bench.begin({
      config: CONFIG,
      deployed: deployment({ signal_transport: 'HEAT_SIGNAL' }),
    });
    const [instruction] = await told(bench);
    const body = { trouble: 'no disk', deploy_status_code: '2' };
    const user = await Teller.signedIn(bench, instruction);
    expect((await user.signals('deployed', body)).status).toBe(200);
    const { stack_status_reason: reason } = await bench.reaches(path, 'CREATE_FAILED');
    expect(reason).toMatch(
      /resources\.deployed: Deployment to server failed: .*status code: 2.*trouble : no disk/,
    );
    await bench.call('DELETE', path);
    await bench.reaches(path, 'DELETE_COMPLETE');
    expect(await bench.counts()).toEqual([0, 0, 0]);
    expect(await Teller.signIn(bench, instruction), 'the user is gone').toMatchObject({ status: 401 });
  });

  it('have a user each, who tells how it went and can do nothing else', async () => {
    await using bench = await MemberBench.start(open);
    const [one, two] = [newUuid(), newUuid()];
    const path = await bench.begin({
      config: CONFIG,
      deployed: {
        type: 'OS::Heat::SoftwareDeploymentGroup',
        properties: {
          config: { get_resource: 'config' },
          servers: { one, two },
          signal_transport: 'HEAT_SIGNAL',
        },
      },
      handle: { type: 'OS::Heat::WaitConditionHandle' },
    });
    const first = await Teller.signedIn(bench, (await told(bench, one))[0]);
    const second = await Teller.signedIn(bench, (await told(bench, two))[0]);
    const ok = { deploy_status_code: 0, deploy_stdout: 'x' };
    expect((await first.signals('handle', {})).status, "another's resource").toBe(404);
    expect((await first.signals('deployed', { unset_hook: 'pre-create' })).status).toBe(403);
    const refused = await Promise.all([
      first.call('GET', `/orchestration/v1/${bench.member.projectId}${path}`),
      first.call('GET', `/orchestration/v1/${first.projectId}${path}`),
      first.call('DELETE', `/orchestration/v1/${first.projectId}${path}`),
      first.call('POST', '/network/v2.0/networks', { network: {} }),
    ]);
    expect(refused.map(({ status }) => status)).toEqual([403, 404, 403, 403]);
    expect((await first.signals('deployed', { ...ok, deployment: 'forged' })).status).toBe(200);
    expect((await second.signals('deployed', ok)).status).toBe(200);
    await bench.reaches(path, 'CREATE_COMPLETE');
  });

  it('go to several servers of a group, which follows changes of its map', async () => {
    await using bench = await MemberBench.start(open);
    const [one, two, three] = [newUuid(), newUuid(), newUuid()];
    const group = (servers: object, input_values = {}) => ({
      config: CONFIG,
      deployed: {
        type: 'OS::Heat::SoftwareDeploymentGroup',
        properties: { config: { get_resource: 'config' }, servers, input_values },
      },
    });
    const outputs = { outputs: { all: { value: { get_attr: ['deployed', 'deploy_stdouts'] } } } };
    const path = await bench.begin(group({ one, two }), outputs);
    const answer = async (server: string, deploy_stdout: string) => {
      const [instruction] = await told(bench, server);
      const answered = await bench.cloud.call(
        'POST',
        pathOf(instruction && inputOf(instruction, 'deploy_signal_id')),
        { body: { deploy_stdout } },
      );
      expect(answered.status, answered.text).toBe(200);
    };
    await answer(one, 'first');
    const unnamed = await bench.call('POST', `${path}/resources/deployed/signal`, { deploy_stdout: 'x' });
    expect([unnamed.status, unnamed.body.error.message]).toEqual([
      400,
      expect.stringContaining('"deployment"'),
    ]);
    await answer(two, 'second');
    const made = await bench.reaches(path, 'CREATE_COMPLETE');
    expect(made.outputs[0].output_value).toEqual({ one: 'first', two: 'second' });
    await bench.call('PUT', path, { template: templateOf(group({ two, three }), outputs) });
    await answer(three, 'third');
    const changed = await bench.reaches(path, 'UPDATE_COMPLETE');
    expect(changed.outputs[0].output_value).toEqual({ two: 'second', three: 'third' });
    expect(await bench.counts()).toEqual([3, 2, 1]);
    await bench.call('DELETE', path);
    await bench.reaches(path, 'DELETE_COMPLETE');
    expect(await bench.counts()).toEqual([0, 0, 0]);
  });

  it('fill in structured configs, take components by their parts, and wait for nobody without a signal', async () => {
    await using bench = await MemberBench.start(open);
    const path = await bench.begin({
      config: {
        type: 'OS::Heat::StructuredConfig',
        properties: {
          config: { a: { get_input: 'x' }, b: [{ get_input: 'y' }, 'z'] },
          inputs: [{ name: 'x' }],
        },
      },
      component: {
        type: 'OS::Heat::SoftwareComponent',
        properties: { configs: [{ actions: ['UPDATE'], config: 'echo', tool: 'script' }] },
      },
      machine: { type: 'OS::Heat::DeployedServer', properties: { name: 'box' } },
      structured: {
        type: 'OS::Heat::StructuredDeployment',
        properties: {
          config: { get_resource: 'config' },
          server: { get_resource: 'machine' },
          input_values: { x: { k: [1] }, y: 2 },
          signal_transport: 'NO_SIGNAL',
        },
      },
      parts: deployment({
        config: { get_resource: 'component' },
        server: { get_resource: 'machine' },
        signal_transport: 'NO_SIGNAL',
      }),
    });
    await bench.reaches(path, 'CREATE_COMPLETE');
    const { physical_resource_id: machine } = (await bench.call('GET', `${path}/resources/machine`)).body
      .resource;
    expect(await told(bench, machine)).toMatchObject([{ config: { a: { k: [1] }, b: [2, 'z'] } }]);
    const { metadata } = (await bench.call('GET', `${path}/resources/machine/metadata`)).body;
    expect(metadata.deployments).toMatchObject([{ config: { b: [2, 'z'] } }]);
    await bench.call('DELETE', path);
    await bench.reaches(path, 'DELETE_COMPLETE');
    expect(await bench.counts()).toEqual([0, 0, 0]);
  });
});

forEachDatabase('an abandoned stack', (open) => {
  it('leaves no keys and no users behind, and whoever adopts it gets other ones', async () => {
    await using bench = await MemberBench.start(open);
    const handle = { type: 'AWS::CloudFormation::WaitConditionHandle' };
    const outputs = { outputs: { url: { value: { get_resource: 'handle' } } } };
    const resources = {
      config: CONFIG,
      handle,
      deployed: deployment({ signal_transport: 'HEAT_SIGNAL' }),
    };
    const path = await bench.begin(resources, outputs);
    const [instruction] = await told(bench);
    const user = await Teller.signedIn(bench, instruction);
    await user.signals('deployed', { deploy_status_code: 0 });
    const { outputs: before } = await bench.reaches(path, 'CREATE_COMPLETE');
    expect((await bench.counts())[2]).toBe(1);

    const portrait = (await bench.call('DELETE', `${path}/abandon`)).body;
    expect((await bench.counts())[2]).toBe(0);
    expect(await Teller.signIn(bench, instruction)).toMatchObject({ status: 401 });
    expect(portrait.resources.handle.resource_data).not.toHaveProperty('keys');
    expect(portrait.resources.deployed.resource_data).not.toHaveProperty('tellers');

    const forged = { keys: { access: 'of-somebody-else', secret: 'x' } };
    portrait.resources.handle.resource_data = forged;
    const body = { stack_name: 'one', adopt_stack_data: JSON.stringify(portrait) };
    const { id } = (await bench.call('POST', '/stacks', body)).body.stack;
    const { outputs: after } = await bench.reaches(`/stacks/one/${id}`, 'ADOPT_COMPLETE');
    expect(after[0].output_value).toContain(id);
    expect(after[0].output_value).not.toBe(before[0].output_value);
    expect(after[0].output_value).not.toContain('of-somebody-else');
    const said = { Status: 'SUCCESS', Reason: 'ready', UniqueId: '1', Data: 'x' };
    const signal = await bench.cloud.call('PUT', pathOf(after[0].output_value), { body: said });
    expect(signal.status, signal.text).toBe(200);
  });
});

forEachDatabase("a wait condition's handle", (open) => {
  it.each([
    [
      'AWS::CloudFormation::WaitConditionHandle',
      'AWS::CloudFormation::WaitCondition',
      { get_resource: 'handle' },
    ],
    ['OS::Heat::WaitConditionHandle', 'OS::Heat::WaitCondition', { get_attr: ['handle', 'endpoint'] }],
  ])('has an address that is signed: %s', async (type, condition, url) => {
    await using bench = await MemberBench.start(open);
    const isAws = condition.startsWith('AWS');
    const resources = {
      handle: { type, ...(!isAws && { properties: { signal_transport: 'CFN_SIGNAL' } }) },
      condition: {
        type: condition,
        properties: isAws
          ? { Handle: { get_resource: 'handle' }, Timeout: 60 }
          : { handle: { get_resource: 'handle' }, timeout: 60 },
      },
    };
    const path = await bench.begin(resources, { outputs: { url: { value: url } } });
    const signed = await until('address', async () => {
      const { stack } = (await bench.call('GET', path)).body;
      return stack.outputs?.[0]?.output_value ?? false;
    });
    expect(signed).toMatch(/^http:\/\/cloud\.test\/cloudformation\/v1\/waitcondition\/arn/);
    const body = { Status: 'SUCCESS', Reason: 'ready', UniqueId: '1', Data: 'x' };
    const answered = await bench.cloud.call('PUT', pathOf(signed), { body });
    expect(answered.status, answered.text).toBe(200);
    await bench.reaches(path, 'CREATE_COMPLETE');
    await bench.call('DELETE', path);
    await bench.reaches(path, 'DELETE_COMPLETE');
    expect((await bench.cloud.call('PUT', pathOf(signed), { body })).status).toBe(401);
    expect(await bench.counts()).toEqual([0, 0, 0]);
  });
});

forEachDatabase("a wait condition's handle with a user of its own", (open) => {
  const resources = (signal_transport: string) => ({
    handle: { type: 'OS::Heat::WaitConditionHandle', properties: { signal_transport } },
    condition: {
      type: 'OS::Heat::WaitCondition',
      properties: { handle: { get_resource: 'handle' }, timeout: 60 },
    },
  });
  const outputs = (name: string) => ({ outputs: { told: { value: { get_attr: ['handle', name] } } } });
  const toldBy = (bench: MemberBench, path: string): Promise<string> =>
    until('what the handle tells', async () => {
      const { stack } = (await bench.call('GET', path)).body;
      return stack.outputs?.[0]?.output_value ?? false;
    });

  it('tells curl all that it needs, and the token is good for nothing else', async () => {
    await using bench = await MemberBench.start(open);
    const path = await bench.begin(resources('TOKEN_SIGNAL'), outputs('curl_cli'));
    const told = await toldBy(bench, path);
    const { token, url } = /X-Auth-Token: (?<token>[^']+)'.* (?<url>http\S+)$/.exec(told)?.groups ?? {};
    const at = pathOf(url);
    const call = (method: string, to: string, body?: object) =>
      bench.cloud.call(method, to, { token: String(token), ...(body && { body }) });
    const own = `/orchestration/v1/${bench.member.projectId}${path}`;
    expect((await call('GET', own)).status).toBe(403);
    expect((await call('POST', at.replace('/handle/', '/condition/'), {})).status).toBe(404);
    expect((await call('POST', at, { status: 'SUCCESS', data: 'x' })).status).toBe(200);
    await bench.reaches(path, 'CREATE_COMPLETE');
    await bench.call('DELETE', path);
    await bench.reaches(path, 'DELETE_COMPLETE');
    expect((await call('POST', at, {})).status, 'its user is gone').toBe(401);
  });

  it.each([
    ['TOKEN_SIGNAL', ['alarm_url', 'token']],
    [
      'HEAT_SIGNAL',
      ['alarm_url', 'auth_url', 'password', 'project_id', 'resource_name', 'stack_id', 'user_id', 'username'],
    ],
    ['CFN_SIGNAL', ['alarm_url']],
  ])('says how it is signalled by %s', async (transport, names) => {
    await using bench = await MemberBench.start(open);
    const path = await bench.begin(resources(transport), outputs('signal'));
    expect(Object.keys(JSON.parse(await toldBy(bench, path))).toSorted()).toEqual(names);
  });
});

it.each([
  ['a transport that is not there', { signal_transport: 'ZAQAR_SIGNAL' }, 'CFN_SIGNAL'],
  ['an action that is none', { actions: ['LUNCH'] }, 'CREATE'],
  ['a property that is none', { ghost: 1 }, 'Unknown Property ghost'],
])('software deployments are refused with %s', async (_, properties, message) => {
  await using heat = await serveStacks(openInMemory);
  const body = { stack_name: 'one', template: templateOf({ config: CONFIG, d: deployment(properties) }) };
  const refused = await heat.call('POST', '/stacks', { body });
  expect([refused.status, refused.body.error.message]).toEqual([400, expect.stringContaining(message)]);
});
