import { badRequest, CloudError } from '#kernel/errors.ts';
import { textOf, isMap, plainText, type Json, type JsonMap } from '../../template/json.ts';
import { VOLUMES } from '../cinder/collections.ts';
import { NETWORKS, PORTS } from '../neutron/collections.ts';
import type { ResourceRun, ResourceType } from '../resource-type.ts';
import { Things, type Collection, type Thing } from '../rest/collection.ts';
import { wired } from '../rest/field.ts';
import {
  flag,
  integer,
  list,
  listOf,
  LIVE,
  map,
  mapOf,
  NEEDED,
  number,
  oneOf,
  ref,
  text,
} from '../rest/fields.ts';
import { restType } from '../rest/rest-type.ts';
import { shellWords } from '#kernel/shell-words.ts';

const CONTAINERS: Collection = {
  service: 'container',
  path: '/containers',
  list: 'containers',
  member: null,
  change: 'PATCH',
  id: 'uuid',
  born: 'created_at',
  microversion: 'container 1.36',
};

const RESTART = '^(no|on-failure|on-failure:[0-9]+|always|unless-stopped)$';

const NETWORK = mapOf({
  network: ref(NETWORKS, 'The network, where no port is said.'),
  fixed_ip: text('The address in the network.', { constraints: [{ custom_constraint: 'ip_addr' }] }),
  port: ref(PORTS, 'The port.'),
});
const MOUNT = mapOf({
  volume_id: ref(VOLUMES, 'The volume.'),
  volume_size: integer('The size in GiB of a volume that is made for it.'),
  mount_path: text('Where it is in the container.', NEEDED),
});

export const container: ResourceType = restType({
  name: 'OS::Zun::Container',
  description: 'A container that runs on the cloud.',
  collection: CONTAINERS,
  fields: {
    name: text('Its name.', LIVE),
    image: text('The image, by name or id.', NEEDED),
    command: text('What runs in it.', { write: (command) => [...shellWords(textOf(command))] }),
    cpu: number('Virtual processors.', LIVE),
    memory: integer('MiB of memory.', { ...LIVE, write: String }),
    environment: map('Variables of the environment.', { write: texts }),
    workdir: text('The directory that it runs in.'),
    labels: map('Labels.', { write: texts }),
    image_pull_policy: oneOf(['ifnotpresent', 'always', 'never'], 'When the image is fetched.'),
    restart_policy: text('When it is started again: no, on-failure[:<times>], always, unless-stopped.', {
      constraints: [{ allowed_pattern: RESTART }],
      write: restartPolicy,
    }),
    interactive: flag('Whether its input stays open.'),
    tty: flag('Whether it has a terminal.'),
    image_driver: oneOf(['docker', 'glance'], 'Where the image comes from.'),
    hints: map('Where it should be, or not be.'),
    hostname: text('Its name for itself.'),
    security_groups: list('The security groups, by name or id.', { default: [] }),
    mounts: listOf(MOUNT, 'Volumes in it.', { wire: null }),
    networks: listOf(NETWORK, 'The networks that it is in.', { ...LIVE, wire: null }),
  },
  attributes: { name: 'Name of the container.', addresses: 'Its addresses by network: by id and by name.' },
  derived: { addresses: addressesOf },
  createQuery: { run: 'true' },
  removeQuery: { stop: 'True' },
  async shape(body, run, changed) {
    if (changed) return body;
    const [mounts, nets] = [mountsOf(run), await netsOf(run)];
    return { ...body, ...(mounts && { mounts }), ...(nets && { nets }) };
  },
  async complete(run, id, changed) {
    if (changed?.has('networks')) await bringNetworks(run, id);
  },
  atRest: isUp,
  goesSlowly: true,
});

function texts(values: Json): JsonMap {
  const entries = Object.entries(isMap(values) ? values : {});
  return Object.fromEntries(entries.map(([name, value]) => [name, plainText(value)]));
}

function restartPolicy(said: Json): JsonMap {
  const [Name = 'no', count = '0'] = textOf(said).split(':');
  return { Name, MaximumRetryCount: count };
}

/** Running, or done with what it had to do. */
function isUp({ status, status_reason: why }: Thing, { properties }: ResourceRun): boolean {
  if (status === 'Creating' || status === 'Created') return false;
  if (status === 'Running') return true;
  if (status === 'Stopped' && properties['interactive'] !== true) return true;
  const reason = typeof why === 'string' && why ? why : 'Unknown';
  throw new CloudError('internal', `Went to status ${textOf(status)} due to "${reason}"`);
}

function mountsOf({ properties }: ResourceRun): readonly JsonMap[] | undefined {
  const given = properties['mounts'] as readonly Json[] | undefined;
  return given
    ?.filter(isMap)
    .map(({ volume_id: source = null, volume_size: size = null, mount_path = '' }) => {
      if ((source === null) === (size === null))
        throw invalid(
          'One of the properties "volume_id", "volume_size" should be set for the specified mount.',
        );
      return { destination: mount_path, ...(source === null ? { size: textOf(size) } : { source }) };
    });
}

const invalid = (message: string) => badRequest(message, { code: 'StackValidationFailed' });

/** As Zun takes networks, names made ids by one call each. */
async function netsOf({ properties, cloud }: ResourceRun): Promise<readonly JsonMap[] | undefined> {
  const given = properties['networks'] as readonly Json[] | undefined;
  return given && Promise.all(given.filter(isMap).map((one) => netOf(one, cloud)));
}

async function netOf(one: JsonMap, cloud: ResourceRun['cloud']): Promise<JsonMap> {
  const { network, port, fixed_ip: address } = await wired(NETWORK.schema ?? {}, one, cloud);
  if ((network ?? port ?? null) === null)
    throw invalid('One of the properties "port", "network" should be set for the specified network.');
  if (port !== undefined && typeof address === 'string')
    throw invalid('Can not use port and fixed_ip at the same time.');
  const fixed = typeof address === 'string' && { [`v${address.includes(':') ? 6 : 4}-fixed-ip`]: address };
  return { ...(network !== undefined && { network }), ...(port !== undefined && { port }), ...fixed };
}

/** Zun's addresses under the ids of networks and under their names. */
async function addressesOf({ cloud }: ResourceRun, { addresses }: Thing): Promise<Json> {
  const byId = isMap(addresses) ? addresses : {};
  if (Object.keys(byId).length === 0) return byId;
  const networks = await new Things(cloud, NETWORKS).list({});
  const named = networks.flatMap(({ id, name }) => {
    const there = byId[textOf(id)];
    return there === undefined ? [] : [[textOf(name), there]];
  });
  return { ...(Object.fromEntries(named) as JsonMap), ...byId };
}

/** Leaves what is not said any more, and joins what is new: one after the other. */
async function bringNetworks(run: ResourceRun, id: string): Promise<void> {
  const containers = new Things(run.cloud, CONTAINERS);
  const { body } = await containers.call({ method: 'GET', path: `/${id}/network_list` });
  const there = ((body as JsonMap)['networks'] ?? []) as readonly JsonMap[];
  const wanted = [...((await netsOf(run)) ?? [])];
  const surplus = there.filter((joined) => !takeOut(wanted, joined));
  const call = (verb: string, query: Readonly<Record<string, string>>) =>
    containers.call({ method: 'POST', path: `/${id}/${verb}`, query });
  for (const { port_id: port } of surplus) await call('network_detach', { port: textOf(port) });
  for (const { network, port, ...fixed } of wanted) {
    const [address] = Object.values(fixed);
    await call('network_attach', {
      ...(port === undefined ? { network: textOf(network) } : { port: textOf(port) }),
      ...(address !== undefined && { fixed_ip: textOf(address) }),
    });
  }
}

/** Whether one of those that are wanted is there already: then it is wanted no more. */
function takeOut(wanted: JsonMap[], joined: JsonMap): boolean {
  const addresses = ((joined['fixed_ips'] ?? []) as readonly JsonMap[]).map((one) => one['ip_address']);
  const at = wanted.findIndex(({ network, port, ...fixed }) => {
    if (port !== undefined) return port === joined['port_id'];
    return (
      network === joined['net_id'] && Object.values(fixed).every((address) => addresses.includes(address))
    );
  });
  if (at >= 0) wanted.splice(at, 1);
  return at >= 0;
}
