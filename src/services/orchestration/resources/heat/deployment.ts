import type { Json } from '../../template/json.ts';
import type { PropertySchemas } from '../property.ts';
import type { ResourceRun, ResourceType, Support } from '../resource-type.ts';
import { LIVE, listOf, map, NEEDED, oneOf, text } from '../rest/fields.ts';
import {
  deploymentId,
  hear,
  isRemoved,
  isSettled,
  outputOfOne,
  outputs,
  sendAll,
  sendChange,
} from './deployment-verbs.ts';

const ACTIONS = ['CREATE', 'UPDATE', 'DELETE', 'SUSPEND', 'RESUME'];
/** Swift and Zaqar are not there. */
const TRANSPORTS = ['CFN_SIGNAL', 'HEAT_SIGNAL', 'NO_SIGNAL'];

const COMMON: PropertySchemas = {
  config: text('The id of the software config.', LIVE),
  input_values: map('The values of its inputs.', LIVE),
  actions: listOf(oneOf(ACTIONS, ''), 'The actions of the stack in which it is sent.', {
    ...LIVE,
    default: ['CREATE', 'UPDATE'],
  }),
  name: text(
    'What the config is called on the server: they are carried out in the order of their names.',
    LIVE,
  ),
  signal_transport: oneOf(
    TRANSPORTS,
    'How the server tells how it went: by a signed address, by the API and credentials that it has, or not at all.',
    { default: 'CFN_SIGNAL' },
  ),
};

const STRUCTURED: PropertySchemas = {
  input_key: text('The key that stands for an input in the map.', { ...LIVE, default: 'get_input' }),
  input_values_validate: oneOf(['LAX', 'STRICT'], 'Whether each input that is asked for must have a value.', {
    ...LIVE,
    default: 'LAX',
  }),
};

const OUTPUTS = {
  deploy_stdout: 'what it printed',
  deploy_stderr: 'what it complained of',
  deploy_status_code: 'the code that it ended with',
} as const;

interface Kind {
  readonly name: string;
  readonly description: string;
  readonly support?: Support;
  readonly structured?: boolean;
}

const verbs = {
  settled: isSettled,
  rested: isSettled,
  update: sendChange,
  remove: (run: ResourceRun) => (run.resource.data['sent'] ? sendAll(run, 'DELETE') : Promise.resolve()),
  removed: isRemoved,
  signal: hear,
  alwaysListens: true as const,
  suspend: (run: ResourceRun) => sendAll(run, 'SUSPEND'),
  resume: (run: ResourceRun) => sendAll(run, 'RESUME'),
};

/** A config for one server. */
const deployment = ({ structured, ...kind }: Kind): ResourceType => ({
  ...kind,
  properties: {
    server: text('The id of the server.', NEEDED),
    ...COMMON,
    ...(structured && STRUCTURED),
  },
  attributes: Object.fromEntries(
    Object.entries(OUTPUTS).map(([name, what]) => [
      name,
      { type: 'string', description: `Of the config: ${what}.` },
    ]),
  ),
  ...verbs,
  async create(run) {
    await sendAll(run, 'CREATE');
    return deploymentId(run);
  },
  attribute: (run, [name]) => outputOfOne(run, String(name)),
});

/** A config for several servers, in one resource. */
const group = ({ structured, ...kind }: Kind): ResourceType => ({
  ...kind,
  properties: {
    servers: map('The ids of the servers by names.', { ...LIVE, ...NEEDED }),
    ...COMMON,
    ...(structured && STRUCTURED),
  },
  attributes: Object.fromEntries(
    Object.entries(OUTPUTS).map(([name, what]) => [
      `${name}s`,
      { type: 'map', description: `By the servers' names: ${what}.` },
    ]),
  ),
  ...verbs,
  async create(run) {
    await sendAll(run, 'CREATE');
    return run.resource.physicalName;
  },
  attribute: (run, [name]): Promise<Json> => outputs(run, singular(String(name))),
});

const singular = (name: string): string =>
  Object.hasOwn(OUTPUTS, name.slice(0, -1)) ? name.slice(0, -1) : name;

const OLD: Support = { status: 'HIDDEN', version: '7.0.0', message: 'Use the Group of the same name.' };

export const deploymentTypes: readonly ResourceType[] = [
  deployment({ name: 'OS::Heat::SoftwareDeployment', description: 'A config that a server carries out.' }),
  deployment({
    name: 'OS::Heat::StructuredDeployment',
    description: 'A config that is a map, with the values of its inputs, for a server.',
    structured: true,
  }),
  group({
    name: 'OS::Heat::SoftwareDeploymentGroup',
    description: 'A config that several servers carry out.',
  }),
  group({
    name: 'OS::Heat::SoftwareDeployments',
    description: 'A config that several servers carry out.',
    support: OLD,
  }),
  group({
    name: 'OS::Heat::StructuredDeploymentGroup',
    description: 'A config that is a map, with the values of its inputs, for several servers.',
    structured: true,
  }),
  group({
    name: 'OS::Heat::StructuredDeployments',
    description: 'A config that is a map, with the values of its inputs, for several servers.',
    structured: true,
    support: OLD,
  }),
];
