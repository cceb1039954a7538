import type { MetadataAnswer } from '#drivers/network/driver.ts';
import type { Database } from '#kernel/db/database.ts';
import type { ControlMethods } from '#node/protocol.ts';
import { byId } from '../desired/specs.ts';
import { parseCidr } from '../model/addresses.ts';
import type { Port } from '../model/port.ts';
import type { NodeQuestions } from '#services/placement/port.ts';
import type { DescribeInstance } from '../port.ts';
import { portStore } from '../store/ports.ts';
import { networkStore, subnetStore } from '../store/stores.ts';
import type { NetworkDb, NetworkTables } from '../tables.ts';
import { readMetadata, type GuestLink } from './tree.ts';

type Question = ControlMethods['metadata.get']['body'];

/** Answers what workloads ask of 169.254.169.254, each about itself: its node says which port it is, and must have that port. */
export class MetadataService {
  readonly #database: Database;
  readonly #owners: DescribeInstance[] = [];

  constructor(database: Database) {
    this.#database = database;
  }

  /** A service whose things may be behind ports. */
  register(owner: DescribeInstance): void {
    this.#owners.push(owner);
  }

  async answer(host: string, { portId, request }: Question): Promise<MetadataAnswer> {
    if (request.method !== 'GET' && request.method !== 'HEAD') return plain(405, 'Method Not Allowed');
    const db = this.#database.handle<NetworkTables>();
    const port = await portStore.find(db, portId);
    if (!port || port.host !== host || port.deviceId === '') return plain(404, 'Not Found');
    const instance = await this.#describe(port.deviceId);
    if (!instance || instance.projectId !== port.projectId) return plain(404, 'Not Found');
    const [path = ''] = request.path.split('?');
    const text = readMetadata({ instance, links: await linksOf(db, port) }, path);
    if (text === undefined) return plain(404, 'Not Found');
    return path.endsWith('.json')
      ? { status: 200, contentType: 'application/json', body: text }
      : plain(200, text);
  }

  async #describe(deviceId: string) {
    for (const owner of this.#owners) {
      const instance = await owner(deviceId);
      if (instance) return instance;
    }
    return undefined;
  }
}

/** Nodes pass on what their workloads ask; `owners` know what is behind ports. */
export function answerMetadata(
  nodes: NodeQuestions,
  metadata: MetadataService,
  ...owners: DescribeInstance[]
): void {
  for (const owner of owners) metadata.register(owner);
  nodes.answer('metadata.get', ({ host }, question) => metadata.answer(host, question));
}

const plain = (status: number, body: string): MetadataAnswer => ({
  status,
  contentType: 'text/plain; charset=utf-8',
  body,
});

/** All ports of the asker's device in its project. */
async function linksOf(db: NetworkDb, { deviceId, projectId }: Port): Promise<GuestLink[]> {
  const ports = await portStore.list(db, (eb) =>
    eb.and([eb('device_id', '=', deviceId), eb('project_id', '=', projectId)]),
  );
  const networkIds = [...new Set(ports.map(({ networkId }) => networkId))];
  const networks = byId(await networkStore.findMany(db, networkIds));
  const subnets = byId(await subnetStore.list(db, (eb) => eb('network_id', 'in', networkIds)));
  return ports.map((port) => {
    const own = port.fixedIps.flatMap(({ subnetId, address }) => {
      const subnet = subnets.get(subnetId);
      return subnet ? [{ address, subnet }] : [];
    });
    return {
      portId: port.id,
      mac: port.macAddress,
      mtu: networks.get(port.networkId)?.mtu ?? 0,
      networkId: port.networkId,
      addresses: own.map(({ address, subnet }) => ({
        address,
        prefix: parseCidr(subnet.cidr).prefix,
        gateway: subnet.gatewayIp,
      })),
      nameServers: own.flatMap(({ subnet }) => subnet.dnsNameservers),
    };
  });
}
