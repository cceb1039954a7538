import { badRequest, CloudError } from '#kernel/errors.ts';
import { textOf, type Json, type JsonMap } from '../../template/json.ts';
import type { PropertySchemas } from '../property.ts';
import type { ResourceRun, ResourceType } from '../resource-type.ts';
import { signalUrl } from './signal-url.ts';
import { dropKeys, signedUrl, VERBS } from './signed-url.ts';

interface Signal {
  readonly id: string;
  readonly status: string;
  readonly reason: string;
  readonly data: Json;
}

/** By their ids: one that is sent again counts once, by what it said last. */
function byId(told: readonly JsonMap[]): ReadonlyMap<string, Signal> {
  const signals = new Map<string, Signal>();
  for (const details of told) {
    const signal = read(details, signals.size);
    signals.set(signal.id, signal);
  }
  return signals;
}

function read(details: JsonMap, before: number): Signal {
  const id = textOf(details['id'] ?? before + 1);
  return {
    id,
    status: textOf(details['status'] ?? 'SUCCESS'),
    reason: textOf(details['reason'] ?? `Signal ${id} received`),
    data: details['data'] ?? null,
  };
}

/** Swift and Zaqar are not there. */
const TRANSPORTS = ['CFN_SIGNAL', 'HEAT_SIGNAL', 'NO_SIGNAL', 'TOKEN_SIGNAL'];

async function take(run: ResourceRun, details: JsonMap, wanted: readonly string[]): Promise<string> {
  if (!wanted.every((word) => word in details)) throw badRequest('Metadata failed validation');
  const before = byId((await run.signals(run.resource.physicalId ?? '')) ?? []);
  const { status, reason } = read(details, before.size);
  if (status !== 'SUCCESS' && status !== 'FAILURE')
    throw badRequest(`Invalid status "${status}": SUCCESS or FAILURE is expected.`);
  return `status:${status} reason:${reason}`;
}

interface Handle {
  /** Words that each signal must have. */
  readonly wanted: readonly string[];
  readonly properties: PropertySchemas;
  /** How it is told unless its properties say otherwise. */
  readonly transport: string;
}

/** What is signalled, so that a wait condition comes to its end. */
const handle = (name: string, { wanted, properties, transport }: Handle): ResourceType => ({
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
  async create(run) {
    await keepUrl(run, transport);
    return run.resource.physicalName;
  },
  check: (run) => keepUrl(run, transport),
  remove: dropKeys,
  ...(transport === 'CFN_SIGNAL' && {
    reference: ({ resource }: ResourceRun) => textOf(resource.data['url'] ?? resource.physicalId),
  }),
  async attribute(run, [name]): Promise<Json> {
    if (run.properties['signal_transport'] === 'NO_SIGNAL') return null;
    const { url, curl } = await addressOf(run);
    const told: JsonMap = { endpoint: url, curl_cli: curl, signal: JSON.stringify({ alarm_url: url }) };
    return told[String(name)] ?? null;
  },
  keepsSignals: true,
  signal: (run, details) => take(run, details, wanted),
});

/** The same as long as its keys are: one that is adopted gets new ones. */
async function keepUrl(run: ResourceRun, transport: string): Promise<void> {
  if ((run.properties['signal_transport'] ?? transport) === 'CFN_SIGNAL')
    await run.keep({ url: await signedUrl(run, { kind: 'waitcondition' }) });
}

/** A signed one where it has one, else the API's, for which a token is needed. */
async function addressOf(run: ResourceRun): Promise<{ readonly url: string; readonly curl: string }> {
  const own = run.resource.data['url'];
  const json = "-H 'Content-Type: application/json'";
  if (typeof own === 'string')
    return { url: own, curl: `curl -i -X ${VERBS.waitcondition} ${json} '${own}'` };
  const url = await signalUrl(run);
  return { url, curl: `curl -i -X POST -H 'X-Auth-Token: '"$OS_TOKEN" ${json} ${url}` };
}

export const waitConditionHandle = handle('OS::Heat::WaitConditionHandle', {
  wanted: [],
  transport: 'TOKEN_SIGNAL',
  properties: {
    signal_transport: {
      type: 'string',
      default: 'TOKEN_SIGNAL',
      constraints: [{ allowed_values: TRANSPORTS }],
      description: 'How the client will signal the wait condition.',
    },
  },
});
/** CFN's signals say everything. */
const CFN = { wanted: ['id', 'status', 'reason', 'data'], transport: 'CFN_SIGNAL', properties: {} };
export const cfnWaitConditionHandle = handle('AWS::CloudFormation::WaitConditionHandle', CFN);

/** With this handle an update of the condition waits for signals anew. */
export const updateWaitConditionHandle: ResourceType = {
  ...handle('OS::Heat::UpdateWaitConditionHandle', CFN),
  neverKept: true,
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
  const received = async (run: ResourceRun): Promise<ReadonlyMap<string, Signal>> => {
    const named = textOf(run.properties[handleName]);
    const told = await run.signals(named);
    if (!told) throw badRequest(`There is no wait condition handle ${named}.`);
    return byId(told);
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
      const signals = [...(await received(run)).values()];
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
      const signals = [...(await received(run)).values()];
      return JSON.stringify(Object.fromEntries(signals.map(({ id, data: said }) => [id, said])));
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
