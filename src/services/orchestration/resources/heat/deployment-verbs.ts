import { badRequest, CloudError } from '#kernel/errors.ts';
import { nameUuid, newUuid } from '#kernel/ids.ts';
import { isList, isMap, textOf, type Json, type JsonMap } from '../../template/json.ts';
import { Replacement, type ResourceRun } from '../resource-type.ts';
import { gone, type Thing } from '../rest/collection.ts';
import { DeploymentsApi } from './deployments-api.ts';
import {
  actionsOf,
  derivedConfig,
  NO_CONFIG,
  outcomeOf,
  replacedBy,
  type SourceConfig,
} from './derived-config.ts';
import { serviceUrl } from './signal-url.ts';
import { dropKeys, signedUrl, VERBS } from './signed-url.ts';
import { dropTeller, tellerOf } from './teller.ts';

/** What was sent to one server, written down before it is sent. */
interface Sent {
  readonly id: string;
  readonly server: string;
  readonly action: string;
  /** The config that was made for it. */
  readonly derived: string;
  /** Configs of before, to be taken away. */
  readonly stale: readonly string[];
  /** Whether the server has to tell how it went. */
  readonly awaited: boolean;
}

type Ledger = Readonly<Record<string, Sent>>;

const ledgerOf = ({ resource }: ResourceRun): Ledger => (resource.data['sent'] ?? {}) as Ledger;

const note = (run: ResourceRun, key: string, sent: Sent): Promise<void> =>
  run.keep({ sent: { ...ledgerOf(run), [key]: sent } as unknown as JsonMap });

/** The servers of a deployment by names: of one, its own. */
const ONE = 'server';
function serversOf({ properties }: ResourceRun): Readonly<Record<string, string>> {
  const { servers } = properties;
  if (!isMap(servers)) return { [ONE]: textOf(properties['server']) };
  return Object.fromEntries(Object.entries(servers).map(([key, server]) => [key, textOf(server)]));
}

export const deploymentId = ({ resource }: ResourceRun, key = ONE): string => nameUuid(resource.id, key);

/** Sends to all servers what they are to do in an action; repeatable. */
export async function sendAll(run: ResourceRun, action: string): Promise<void> {
  for (const [key, server] of Object.entries(serversOf(run))) await send(run, action, { key, server });
}

interface Target {
  readonly key: string;
  readonly server: string;
}

async function send(run: ResourceRun, action: string, { key, server }: Target): Promise<void> {
  const api = new DeploymentsApi(run.cloud);
  const source = await sourceOf(run, api);
  const blank = { id: deploymentId(run, key), server, action: '', derived: '', stale: [], awaited: false };
  const before: Sent = ledgerOf(run)[key] ?? blank;
  if (!actionsOf(source, run.properties['actions']).has(action))
    return note(run, key, { ...before, action, awaited: false });
  const isSame = run.again && before.action === action && before.derived !== '';
  const derived = isSame ? before.derived : newUuid();
  const stale = [...before.stale, before.derived].filter((id) => id !== '' && id !== derived);
  const awaited = transportOf(run) !== 'NO_SIGNAL';
  const sent: Sent = { ...before, action, derived, stale, awaited };
  await note(run, key, sent);
  await api.keepConfig(derived, await derive(run, source, sent));
  if ((await api.deployment(sent.id))?.['config_id'] !== derived)
    await api.send(sent.id, server, {
      config_id: derived,
      action,
      input_values: run.properties['input_values'] ?? {},
      status: awaited ? 'IN_PROGRESS' : 'COMPLETE',
      status_reason: awaited ? 'Deploy data available' : 'Not waiting for outputs signal',
    });
  await api.dropConfigs(stale);
  await note(run, key, { ...sent, stale: [] });
}

const transportOf = ({ properties }: ResourceRun): string => textOf(properties['signal_transport']);

/** Where its config is gone, a deployment sends nothing any more. */
const sourceOf = async ({ properties }: ResourceRun, api: DeploymentsApi): Promise<SourceConfig> =>
  (await gone(api.config(textOf(properties['config'])))) ?? { ...NO_CONFIG, group: 'component' };

async function derive(run: ResourceRun, source: SourceConfig, sent: Sent): Promise<SourceConfig> {
  const { properties, resource } = run;
  const { input_values: values, input_key: inputKey, input_values_validate: strictness } = properties;
  return derivedConfig(source, {
    name: textOf(properties['name']) || source.name || resource.physicalName,
    values: isMap(values) ? values : {},
    facts: { ...factsOf(run, sent), ...(await signalling(run, sent)) },
    ...(inputKey !== undefined && {
      structured: { key: textOf(inputKey), strict: strictness === 'STRICT' },
    }),
  });
}

const factsOf = (run: ResourceRun, { server, action }: Sent) => ({
  deploy_server_id: server,
  deploy_action: action,
  deploy_stack_id: `${run.stack.name}/${run.stack.id}`,
  deploy_resource_name: run.resource.name,
  deploy_signal_transport: transportOf(run),
});

/** How the server tells how it went. */
async function signalling(run: ResourceRun, { id }: Sent): Promise<Readonly<Record<string, string>>> {
  switch (transportOf(run)) {
    case 'CFN_SIGNAL':
      return {
        deploy_signal_id: await signedUrl(run, { kind: 'signal', params: { deployment: id } }),
        deploy_signal_verb: VERBS.signal,
      };
    case 'HEAT_SIGNAL': {
      const teller = await tellerOf(run, id, { name: `deployment-${id}`, tells: { deployment: id } });
      return {
        deploy_auth_url: await serviceUrl(run, 'identity'),
        deploy_username: teller.name,
        deploy_user_id: teller.id,
        deploy_password: teller.password,
        deploy_project_id: teller.projectId,
      };
    }
    default:
      return {};
  }
}

/** @throws CloudError when a server told that it failed */
export async function isSettled(run: ResourceRun): Promise<boolean> {
  const api = new DeploymentsApi(run.cloud);
  const awaited = Object.values(ledgerOf(run)).filter((sent) => sent.awaited);
  const found = await Promise.all(awaited.map(({ id }) => api.deployment(id)));
  return found.map(isComplete).every(Boolean);
}

function isComplete(deployment: Thing | undefined): boolean {
  const { status, status_reason: reason } = deployment ?? { status: 'FAILED', status_reason: 'it is gone' };
  if (status === 'FAILED') throw new CloudError('internal', `Deployment to server failed: ${textOf(reason)}`);
  return status === 'COMPLETE';
}

/** @throws Replacement when an input has changed that asks for it */
export async function sendChange(run: ResourceRun, changed: ReadonlySet<string>): Promise<void> {
  const api = new DeploymentsApi(run.cloud);
  const servers = serversOf(run);
  const source = await sourceOf(run, api);
  for (const [key, sent] of Object.entries(ledgerOf(run))) {
    if (servers[key] !== sent.server) await takeBack(run, api, key);
    else await assertSame(run, api, { sent, source });
  }
  const onlyServers = [...changed].every((name) => name === 'servers');
  for (const [key, server] of Object.entries(servers)) {
    const isNew = ledgerOf(run)[key] === undefined;
    if (isNew || !onlyServers) await send(run, isNew ? 'CREATE' : 'UPDATE', { key, server });
  }
}

async function assertSame(
  run: ResourceRun,
  api: DeploymentsApi,
  { sent, source }: { readonly sent: Sent; readonly source: SourceConfig },
): Promise<void> {
  const before = sent.derived === '' ? undefined : await gone(api.config(sent.derived));
  const after = await derive(run, source, { ...sent, action: 'UPDATE' });
  if (before && replacedBy(before.inputs, after.inputs).length > 0) throw new Replacement();
}

async function takeBack(run: ResourceRun, api: DeploymentsApi, key: string): Promise<void> {
  const { [key]: sent, ...others } = ledgerOf(run);
  if (!sent) return;
  await api.drop(sent.id);
  await dropTeller(run, sent.id);
  await api.dropConfigs([...sent.stale, sent.derived].filter(Boolean));
  await run.keep({ sent: others as unknown as JsonMap });
}

/** Once the servers that are there have done what deletion asks of them, nothing is left. */
export async function isRemoved(run: ResourceRun): Promise<boolean> {
  if (!(await isSettled(run)) && (await hasServers(run))) return false;
  const api = new DeploymentsApi(run.cloud);
  for (const key of Object.keys(ledgerOf(run))) await takeBack(run, api, key);
  await dropKeys(run);
  return true;
}

async function hasServers(run: ResourceRun): Promise<boolean> {
  const ask = (server: string) =>
    run.cloud
      .call({ service: 'compute', method: 'GET', path: `/servers/${encodeURIComponent(server)}` })
      .then(
        () => true,
        (thrown: unknown) => {
          if (['not-found', 'unavailable'].includes(CloudError.from(thrown).kind)) return false;
          throw thrown;
        },
      );
  const there = await Promise.all(Object.values(ledgerOf(run)).map(({ server }) => ask(server)));
  return there.some(Boolean);
}

/** What a server tells. @returns what the event says */
export async function hear(run: ResourceRun, details: JsonMap): Promise<string> {
  const api = new DeploymentsApi(run.cloud);
  const all = Object.values(ledgerOf(run));
  const named = details['deployment'];
  const sent = named === undefined && all.length === 1 ? all[0] : all.find(({ id }) => id === named);
  if (!sent)
    throw badRequest(`No deployment of ${run.resource.name} is meant: "deployment" has to be its id.`);
  const deployment = await api.deployment(sent.id);
  if (deployment?.['status'] !== 'IN_PROGRESS') return 'Unknown';
  const { outputs } = await api.config(sent.derived);
  const before = deployment['output_values'];
  const outcome = outcomeOf(outputs, details, isMap(before) ? before : {});
  await api.tell(sent.id, outcome);
  return `Signal: deployment ${sent.id} ${outcome.status === 'FAILED' ? 'failed' : 'succeeded'}`;
}

/** An output as the servers told it, by their names. */
export async function outputs(run: ResourceRun, name: string): Promise<Readonly<Record<string, Json>>> {
  const api = new DeploymentsApi(run.cloud);
  const told = await Promise.all(
    Object.entries(ledgerOf(run)).map(async ([key, { id }]): Promise<[string, Json]> => {
      const values = (await api.deployment(id))?.['output_values'];
      return [key, isMap(values) && !isList(values) ? (values[name] ?? null) : null];
    }),
  );
  return Object.fromEntries(told);
}

export const outputOfOne = async (run: ResourceRun, name: string): Promise<Json> =>
  (await outputs(run, name))[ONE] ?? null;
