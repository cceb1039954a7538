import { badRequest, CloudError } from '#kernel/errors.ts';
import type { Resource } from '../../model/resource.ts';
import { textOf, type Json, type JsonMap } from '../../template/json.ts';
import type { PropertySchemas } from '../property.ts';
import type { ResourceRun, ResourceType } from '../resource-type.ts';
import { signalUrl } from './signal-url.ts';

type Signals = {
  readonly [id: string]: { readonly status: string; readonly reason: string; readonly data: Json };
};

/** Signals are kept with the resource that is signalled, by their ids: one that is sent again counts once. */
const signalsOf = ({ data }: Pick<Resource, 'data'>): Signals => (data['signals'] ?? {}) as Signals;

/** The names that a signal has in one of the two languages. */
interface Words {
  readonly id: string;
  readonly status: string;
  readonly reason: string;
  readonly data: string;
  /** Whether all have to be said. */
  readonly all: boolean;
}
const NATIVE: Words = { id: 'id', status: 'status', reason: 'reason', data: 'data', all: false };
const CFN: Words = { id: 'UniqueId', status: 'Status', reason: 'Reason', data: 'Data', all: true };

const TRANSPORTS = [
  'CFN_SIGNAL',
  'TEMP_URL_SIGNAL',
  'HEAT_SIGNAL',
  'NO_SIGNAL',
  'ZAQAR_SIGNAL',
  'TOKEN_SIGNAL',
];

async function take(run: ResourceRun, details: JsonMap, words: Words): Promise<string> {
  const before = signalsOf(run.resource);
  const known = Object.keys(words.all ? details : {});
  if (words.all && ![words.id, words.status, words.reason, words.data].every((name) => known.includes(name)))
    throw badRequest('Metadata failed validation');
  const id = textOf(details[words.id] ?? Object.keys(before).length + 1);
  const status = textOf(details[words.status] ?? 'SUCCESS');
  if (status !== 'SUCCESS' && status !== 'FAILURE')
    throw badRequest(`Invalid status "${status}": SUCCESS or FAILURE is expected.`);
  const reason = textOf(details[words.reason] ?? `Signal ${id} received`);
  await run.keep({ signals: { ...before, [id]: { status, reason, data: details[words.data] ?? null } } });
  return `status:${status} reason:${reason}`;
}

/** What is signalled, so that a wait condition comes to its end. */
const handle = (name: string, words: Words, properties: PropertySchemas): ResourceType => ({
  name,
  description: 'What is told that something is ready, or has failed.',
  properties,
  attributes: {
    endpoint: { description: 'Endpoint/url which can be used for signalling handle.', type: 'string' },
    curl_cli: {
      description:
        'Convenience attribute, provides curl CLI command prefix, which can be used for signalling.',
      type: 'string',
    },
    signal: { description: 'JSON serialized map that includes what is needed to signal.', type: 'string' },
  },
  create: async ({ resource }) => resource.physicalName,
  async update() {
    // the way of signals is the same for all
  },
  async remove() {
    // nothing is kept but the row
  },
  async attribute(run, [name]): Promise<Json> {
    if (run.properties['signal_transport'] === 'NO_SIGNAL') return null;
    const url = await signalUrl(run);
    const curl = `curl -i -X POST -H 'X-Auth-Token: '"$OS_TOKEN" -H 'Content-Type: application/json' ${url}`;
    const told: JsonMap = { endpoint: url, curl_cli: curl, signal: JSON.stringify({ alarm_url: url }) };
    return told[String(name)] ?? null;
  },
  signal: (run, details) => take(run, details, words),
});

export const waitConditionHandle = handle('OS::Heat::WaitConditionHandle', NATIVE, {
  signal_transport: {
    type: 'string',
    default: 'TOKEN_SIGNAL',
    constraints: [{ allowed_values: TRANSPORTS }],
    description: 'How the client will signal the wait condition.',
  },
});
export const cfnWaitConditionHandle = handle('AWS::CloudFormation::WaitConditionHandle', CFN, {});

/** With this handle an update of the condition waits for signals anew. */
export const updateWaitConditionHandle: ResourceType = {
  ...handle('OS::Heat::UpdateWaitConditionHandle', CFN, {}),
  async update(run) {
    await run.keep({ signals: {} });
  },
};

interface Named {
  readonly type: string;
  readonly handle: string;
  readonly timeout: string;
  readonly count: string;
  readonly data: string;
}

/** Waits for as many signals as it is told, or for the first that says failure. */
function condition({ type, handle: handleName, timeout, count, data }: Named): ResourceType {
  const received = async (run: ResourceRun): Promise<Signals> => {
    const named = textOf(run.properties[handleName]);
    const found = await run.other(named);
    if (!found) throw badRequest(`There is no wait condition handle ${named}.`);
    return signalsOf(found);
  };
  const begin = (run: ResourceRun) =>
    run.keep({ ends: run.clock.now().getTime() + Number(run.properties[timeout]) * 1000 });
  return {
    name: type,
    description: 'Waits until something says that it is ready.',
    properties: {
      [handleName]: { type: 'string', required: true, description: 'The handle that is signalled.' },
      [timeout]: {
        type: 'number',
        required: true,
        constraints: [{ range: { min: 1, max: 43_200 } }],
        description: 'The number of seconds to wait for the correct number of signals to arrive.',
      },
      [count]: {
        type: 'integer',
        default: 1,
        updateAllowed: true,
        constraints: [{ range: { min: 1 } }],
        description: 'The number of success signals that must be received.',
      },
    },
    attributes: {
      [data]: { type: 'string', description: 'JSON string containing data associated with signals.' },
    },
    async create(run) {
      if (run.resource.data['ends'] === undefined) await begin(run);
      return run.resource.physicalName;
    },
    update: begin,
    async settled(run) {
      const signals = Object.values(await received(run));
      const reasons = signals.filter(({ status }) => status === 'FAILURE').map(({ reason }) => reason);
      if (reasons.length > 0) throw new CloudError('internal', `WaitConditionFailure: ${reasons.join(';')}`);
      const wanted = Number(run.properties[count]);
      if (signals.length >= wanted) return true;
      if (run.clock.now().getTime() >= Number(run.resource.data['ends']))
        throw new CloudError('internal', `WaitConditionTimeout: ${signals.length} of ${wanted} received`);
      return false;
    },
    async remove() {
      // nothing is kept but the row
    },
    async attribute(run, [name]): Promise<Json> {
      if (name !== data) return null;
      const signals = Object.entries(await received(run));
      return JSON.stringify(Object.fromEntries(signals.map(([id, signal]) => [id, signal.data])));
    },
    async check() {
      // what was waited for has been
    },
  };
}

export const waitCondition = condition({
  type: 'OS::Heat::WaitCondition',
  handle: 'handle',
  timeout: 'timeout',
  count: 'count',
  data: 'data',
});
export const cfnWaitCondition = condition({
  type: 'AWS::CloudFormation::WaitCondition',
  handle: 'Handle',
  timeout: 'Timeout',
  count: 'Count',
  data: 'Data',
});
