import { afterEach, beforeEach, expect, it } from 'vitest';
import { newSecret } from '#kernel/ids.ts';
import type { CloudUser } from '#test/support/cloud-user.ts';
import { Killer } from '#test/support/killer.ts';
import { often } from '#test/support/often.ts';
import { SeededRandom } from '#test/support/random.ts';
import { RealCloud } from '#test/support/real-cloud.ts';
import { until } from '#test/support/until.ts';
import { DockerDaemon } from './docker-daemon.ts';

/** Stacks of real things: networks, containers of the cloud and of a Docker Engine, volumes, and what waits to be told. */
const LONG = often(300_000);
const SETTLE = { limitMs: 90_000, everyMs: 200 };
const IMAGE = 'marouen/apache';
/** Each is killed eight times. */
const LIVES = often(1);

interface Stack {
  readonly id: string;
  readonly stack_name: string;
  readonly stack_status: string;
  readonly stack_status_reason: string;
  readonly outputs: readonly { readonly output_key: string; readonly output_value: unknown }[];
}
type Resources = Readonly<Record<string, object>>;

let daemon: DockerDaemon;
let cloud: RealCloud;
let user: CloudUser;

beforeEach(async () => {
  daemon = await DockerDaemon.make({ tcp: true });
  await daemon.build(IMAGE, ['/bin/httpd', '-f']);
  cloud = await RealCloud.start({ orchestration: { dockerEndpoints: [daemon.endpoint] } });
  user = await cloud.signIn();
}, LONG);

afterEach(async () => {
  await cloud.close();
  await daemon[Symbol.asyncDispose]();
});

const templateOf = (resources: Resources, more: object = {}) => ({
  heat_template_version: '2018-08-31',
  resources,
  ...more,
});

/** A network with a way out, containers of two kinds, a volume, and what is told from outside that all is well. */
const everything = (changes: { readonly label?: string; readonly length?: number } = {}): Resources => ({
  net: { type: 'OS::Neutron::Net', properties: { name: changes.label ?? 'first' } },
  subnet: {
    type: 'OS::Neutron::Subnet',
    properties: { network: { get_resource: 'net' }, cidr: '10.77.0.0/24' },
  },
  router: {
    type: 'OS::Neutron::Router',
    properties: { external_gateway_info: { network: 'public' } },
  },
  interface: {
    type: 'OS::Neutron::RouterInterface',
    properties: { router: { get_resource: 'router' }, subnet: { get_resource: 'subnet' } },
  },
  web: {
    type: 'OS::Zun::Container',
    depends_on: 'interface',
    properties: {
      image: 'hello',
      networks: [{ network: { get_resource: 'net' } }],
      name: { list_join: ['-', ['web', { get_attr: ['names', 'refs_map', '0'] }]] },
    },
  },
  names: {
    type: 'OS::Heat::ResourceGroup',
    properties: {
      count: 2,
      resource_def: { type: 'OS::Heat::RandomString', properties: { length: changes.length ?? 6 } },
    },
  },
  disk: { type: 'OS::Cinder::Volume', properties: { size: 1 } },
  apache: {
    type: 'DockerInc::Docker::Container',
    properties: { image: IMAGE, port_specs: ['80'], docker_endpoint: daemon.endpoint },
  },
  told: { type: 'OS::Heat::WaitConditionHandle', properties: { signal_transport: 'HEAT_SIGNAL' } },
  ready: {
    type: 'OS::Heat::WaitCondition',
    depends_on: 'web',
    properties: { handle: { get_resource: 'told' }, timeout: 120 },
  },
});

const heat = {
  create: async (body: object): Promise<string> => {
    const { stack } = await user.client.post<{ stack: Stack }>('orchestration', '/stacks', body);
    return `/stacks/one/${stack.id}`;
  },
  show: async (path: string): Promise<Stack> =>
    (await user.client.get<{ stack: Stack }>('orchestration', path)).stack,
  update: (path: string, body: object) => user.client.put('orchestration', path, body),
  act: (path: string, action: string) =>
    user.client.post('orchestration', `${path}/actions`, { [action]: null }),
};

/** Once nothing is under way. */
const ended = (path: string): Promise<Stack> =>
  until(
    'the stack is at rest',
    async () => {
      const stack = await heat.show(path);
      if (!stack.stack_status.endsWith('_IN_PROGRESS')) return stack;
      throw new Error(`It is ${stack.stack_status}.`);
    },
    SETTLE,
  );
const endsAs = async (path: string, state: string): Promise<void> => {
  const { stack_status, stack_status_reason } = await ended(path);
  expect(stack_status, stack_status_reason).toBe(state);
};

/** Says from outside that all is well, as soon as somebody listens. */
const tell = (path: string): Promise<unknown> =>
  until(
    'the handle is told',
    async () => (await user.client.post('orchestration', `${path}/resources/told/signal`, {})) === null,
    SETTLE,
  );

const references = async (path: string): Promise<Readonly<Record<string, string>>> => {
  const { resources } = await user.client.get<{
    resources: { resource_name: string; physical_resource_id: string }[];
  }>('orchestration', `${path}/resources`);
  return Object.fromEntries(resources.map((one) => [one.resource_name, one.physical_resource_id]));
};
const inDocker = async (): Promise<string> => (await daemon.docker('ps', '--all', '--quiet')).stdout.trim();

/** The name server of a network comes with its first port: from then on an empty cloud looks as it will in the end. */
async function emptyCloud() {
  const first = await user.run({ name: 'first', image: 'hello', nets: [{ network: 'private' }] });
  await user.remove(first.uuid);
  await user.untilGone(first.uuid, SETTLE);
  return cloud.settled(SETTLE);
}

it('the template of the Docker plug-in works as it is written', { timeout: LONG }, async () => {
  const template = `heat_template_version: 2013-05-23
description: Test template
resources:
  apache:
    type: DockerInc::Docker::Container
    properties:
      image: marouen/apache
      port_specs:
        - 80
      docker_endpoint: ${daemon.endpoint}
`;
  const path = await heat.create({ stack_name: 'one', template });
  await endsAs(path, 'CREATE_COMPLETE');
  const { apache } = await references(path);
  const { stdout } = await daemon.docker('inspect', '--format', '{{.State.Running}}', apache ?? '');
  expect(stdout.trim()).toBe('true');
  await user.client.delete('orchestration', path);
  await endsAs(path, 'DELETE_COMPLETE');
  expect(await inDocker()).toBe('');
});

type Meanwhile = Pick<Killer, 'kill' | 'untilBack'>;

/** Nothing happens meanwhile. */
const PEACE: Meanwhile = { kill: async () => undefined, untilBack: async () => undefined };

/** All that is done to stacks, once; somebody is killed while each is under way. */
async function liveThrough(meanwhile: Meanwhile): Promise<void> {
  let path = '';
  const comesTo = async (state: string, ask: () => Promise<unknown>): Promise<void> => {
    await ask();
    await meanwhile.kill();
    if (state === 'CREATE_COMPLETE') await tell(path);
    await endsAs(path, state);
    await meanwhile.untilBack();
  };
  const make = async (body: object) => {
    path = await heat.create({ stack_name: 'one', ...body });
  };

  await comesTo('CREATE_COMPLETE', () => make({ template: templateOf(everything()) }));
  const made = await references(path);

  const other = templateOf(everything({ label: 'second', length: 8 }));
  await comesTo('UPDATE_COMPLETE', () => heat.update(path, { template: other }));
  const changed = await references(path);
  expect({ ...changed, web: made['web'] }).toEqual(made);

  const bad = {
    ...everything({ label: 'third' }),
    bad: { type: 'OS::Heat::TestResource', depends_on: 'net', properties: { fail: true } },
  };
  const failing = { template: templateOf(bad), disable_rollback: false };
  await comesTo('ROLLBACK_COMPLETE', () => heat.update(path, failing));
  const { network } = await user.client.get<{ network: { name: string } }>(
    'network',
    `/v2.0/networks/${made['net']}`,
  );
  expect(network.name).toBe('second');

  await comesTo('SUSPEND_COMPLETE', () => heat.act(path, 'suspend'));
  expect((await daemon.docker('ps', '--quiet')).stdout).toBe('');
  await comesTo('RESUME_COMPLETE', () => heat.act(path, 'resume'));
  await comesTo('CHECK_COMPLETE', () => heat.act(path, 'check'));

  const before = await references(path);
  const portrait = await user.client.get('orchestration', `${path}/export`);
  await user.client.delete('orchestration', `${path}/abandon`);
  expect(await inDocker()).not.toBe('');
  await comesTo('ADOPT_COMPLETE', () => make({ adopt_stack_data: JSON.stringify(portrait) }));
  const after = await references(path);
  for (const name of ['net', 'subnet', 'router', 'web', 'disk', 'apache'])
    expect(after[name], name).toBe(before[name]);
  await comesTo('DELETE_COMPLETE', () => user.client.delete('orchestration', path));
  expect(await inDocker()).toBe('');
}

it(
  'a stack of everything lives through all that is done to stacks, and leaves nothing',
  { timeout: LONG },
  async () => {
    const empty = await emptyCloud();
    await liveThrough(PEACE);
    expect(await cloud.settled(SETTLE)).toEqual(empty);
  },
);

it(
  `it does though control is killed in the midst of each, ${LIVES} times over`,
  { timeout: LONG + LIVES * 240_000 },
  async ({ annotate }) => {
    const random = new SeededRandom(newSecret(6));
    await annotate(`seed ${random.seed}`);
    const empty = await emptyCloud();
    const killer = new Killer(random, [
      { kill: () => cloud.kill('control'), start: () => cloud.start('control') },
    ]);
    for (let life = 0; life < LIVES; life += 1) {
      await liveThrough(killer);
    }
    expect(await cloud.settled(SETTLE)).toEqual(empty);
  },
);
