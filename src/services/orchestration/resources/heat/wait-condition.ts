import { badRequest, CloudError } from '#kernel/errors.ts';
import { textOf, type Json, type JsonMap } from '../../template/json.ts';
import { tellersOf } from '../../model/stack-user.ts';
import type { PropertySchemas } from '../property.ts';
import type { ResourceRun, ResourceType } from '../resource-type.ts';
import { serviceUrl, signalUrl } from './signal-url.ts';
import { dropKeys, signedUrl, VERBS } from './signed-url.ts';
import { dropTeller, tellerOf, tokenOf } from './teller.ts';

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
    ...(transport === 'TOKEN_SIGNAL' && {
      token: { description: 'Token by which the handle can be signalled.', type: 'string' as const },
    }),
  },
  async create(run) {
    await prepare(run, transportOf(run, transport));
    return run.resource.physicalName;
  },
  check: (run) => prepare(run, transportOf(run, transport)),
  async remove(run) {
    await dropKeys(run);
    await dropTeller(run, TELLER);
  },
  ...(transport === 'CFN_SIGNAL' && {
    reference: ({ resource }: ResourceRun) => textOf(resource.data['url'] ?? resource.physicalId),
  }),
  async attribute(run, [name]): Promise<Json> {
    if (run.properties['signal_transport'] === 'NO_SIGNAL') return null;
    const { url, curl } = await addressOf(run);
    if (name === 'signal') return JSON.stringify(await waysTo(run, url));
    const told: JsonMap = {
      endpoint: url,
      curl_cli: curl,
      token: run.resource.data['token'] ?? null,
    } as JsonMap;
    return told[String(name)] ?? null;
  },
  keepsSignals: true,
  signal: (run, details) => take(run, details, wanted),
});

const transportOf = ({ properties }: ResourceRun, usual: string): string =>
  textOf(properties['signal_transport'] ?? usual);

/** What it is told by: the same as long as its keys and users are. One that is adopted gets others. */
async function prepare(run: ResourceRun, transport: string): Promise<void> {
  if (transport === 'CFN_SIGNAL') await run.keep({ url: await signedUrl(run, { kind: 'waitcondition' }) });
  if (!hasTeller(run, transport)) return;
  const teller = await tellerOf(run, TELLER, { name: `handle-${run.resource.id}`, tells: {} });
  await run.keep({
    endpoint: await signalUrl(run, teller.projectId),
    ...(transport === 'TOKEN_SIGNAL' && { token: await tokenOf(run, teller) }),
  });
}

const TELLER = 'handle';

/** Where nobody keeps such users, whoever signals needs a token of their own. */
const hasTeller = ({ cloud }: ResourceRun, transport: string): boolean =>
  cloud.tellers !== undefined && ['TOKEN_SIGNAL', 'HEAT_SIGNAL'].includes(transport);

/** An address, and how curl tells it something. */
async function addressOf(run: ResourceRun): Promise<{ readonly url: string; readonly curl: string }> {
  const { url: signedOne, endpoint, token } = run.resource.data;
  const json = "-H 'Content-Type: application/json' -H 'Accept: application/json'";
  if (typeof signedOne === 'string')
    return { url: signedOne, curl: `curl -i -X ${VERBS.waitcondition} ${json} '${signedOne}'` };
  const url = typeof endpoint === 'string' ? endpoint : await signalUrl(run);
  const given = typeof token === 'string' ? `'X-Auth-Token: ${token}'` : `'X-Auth-Token: '"$OS_TOKEN"`;
  return { url, curl: `curl -i -X POST -H ${given} ${json} ${url}` };
}

/** All that is needed to signal it by its transport. */
async function waysTo(run: ResourceRun, url: string): Promise<JsonMap> {
  const teller = tellersOf(run.resource)[TELLER];
  const { token } = run.resource.data;
  if (typeof token === 'string') return { alarm_url: url, token };
  if (!teller?.id || !teller.projectId) return { alarm_url: url };
  return {
    alarm_url: url,
    auth_url: await serviceUrl(run, 'identity'),
    username: teller.name,
    user_id: teller.id,
    password: teller.password,
    project_id: teller.projectId,
    stack_id: `${run.stack.name}/${run.stack.id}`,
    resource_name: run.resource.name,
  };
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
        type: type.startsWith('AWS') ? 'integer' : 'number',
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
    settledBy: ({ resource }) => Number(resource.data['ends']),
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
