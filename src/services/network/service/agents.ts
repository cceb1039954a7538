import { wireSeconds } from '#kernel/clock.ts';
import type { Ctx } from '#kernel/context.ts';
import type { Database } from '#kernel/db/database.ts';
import { nameUuid } from '#kernel/ids.ts';
import type { NodeInfo, NodePort } from '#services/placement/port.ts';
import { networkKind, routerKind } from '../kinds.ts';
import { networkError, refused } from '../model/errors.ts';
import type { Network } from '../model/network.ts';
import type { Router } from '../model/router.ts';
import { networkStore, routerStore } from '../store/stores.ts';
import type { NetworkTables } from '../tables.ts';
import { ZONE } from '../view/standard.ts';
import { getVisible } from './reader.ts';
import { moveRouter } from './router-placement.ts';
import type { Unit } from './unit.ts';

/** What a node does for networks, each as upstream's agent of its own. */
const KINDS = [
  { type: 'DHCP agent', binary: 'neutron-dhcp-agent', topic: 'dhcp_agent' },
  { type: 'L3 agent', binary: 'neutron-l3-agent', topic: 'l3_agent' },
  { type: 'Linux bridge agent', binary: 'neutron-linuxbridge-agent', topic: 'N/A' },
] as const;
type AgentType = (typeof KINDS)[number]['type'];

const NAMESPACE = '0d3f5c0e-6a57-4f0b-8f3c-6f1f3a7b9e10';
const agentId = (host: string, type: AgentType): string => nameUuid(NAMESPACE, `${type}@${host}`);

export interface AgentChange {
  readonly admin_state_up?: boolean;
  readonly description?: string | null;
}

export interface AgentDeps {
  readonly database: Database;
  readonly nodes: NodePort;
  readonly unit: Unit;
}

/** The nodes as clients of Neutron look for them, and what each serves. */
export class AgentService {
  readonly #deps: AgentDeps;

  constructor(deps: AgentDeps) {
    this.#deps = deps;
  }

  async list(ctx: Ctx) {
    const nodes = await this.#deps.nodes.list(ctx);
    const rows = await this.#db.selectFrom('network_agent').selectAll().execute();
    const settings = new Map(rows.map((row) => [row.id, row]));
    return nodes.flatMap((node) =>
      KINDS.map((kind) => {
        const id = agentId(node.hostname, kind.type);
        const own = settings.get(id);
        return {
          ...agentView(node, kind),
          id,
          description: own?.description || null,
          admin_state_up: own ? own.admin_state_up === 1 : !node.disabled,
        };
      }),
    );
  }

  async get(ctx: Ctx, id: string) {
    const found = (await this.list(ctx)).find((agent) => agent.id === id);
    if (!found) throw networkError('not-found', 'AgentNotFound', `Agent ${id} could not be found.`);
    return found;
  }

  async update(ctx: Ctx, id: string, change: AgentChange) {
    const before = await this.get(ctx, id);
    const description = change.description === undefined ? before.description : change.description;
    const row = {
      description: description ?? '',
      admin_state_up: (change.admin_state_up ?? before.admin_state_up) ? 1 : 0,
    };
    await this.#db
      .insertInto('network_agent')
      .values({ id, ...row })
      .onConflict((oc) => oc.column('id').doUpdateSet(row))
      .execute();
    return this.get(ctx, id);
  }

  /** As upstream's agent that is alive: at its next heartbeat it is there again, with nothing said of it. */
  async delete(ctx: Ctx, id: string): Promise<void> {
    await this.get(ctx, id);
    await this.#db.deleteFrom('network_agent').where('id', '=', id).execute();
  }

  /** Networks that a node serves: those with a bound port there. */
  async networksOn(ctx: Ctx, id: string): Promise<Network[]> {
    const { host } = await this.#ofType(ctx, id, 'DHCP agent');
    const rows = await this.#db
      .selectFrom('network_port')
      .select('network_id')
      .distinct()
      .where('host', '=', host)
      .execute();
    return networkStore.findMany(
      this.#db,
      rows.map((row) => row.network_id),
    );
  }

  async routersOn(ctx: Ctx, id: string): Promise<Router[]> {
    const { host } = await this.#ofType(ctx, id, 'L3 agent');
    return routerStore.list(this.#db, (eb) => eb('host', '=', host));
  }

  async servingNetwork(ctx: Ctx, networkId: string) {
    await getVisible(this.#db, ctx, networkKind, networkId);
    const rows = await this.#db
      .selectFrom('network_port')
      .select('host')
      .distinct()
      .where('network_id', '=', networkId)
      .execute();
    const ids = new Set(rows.map(({ host }) => agentId(host, 'DHCP agent')));
    return (await this.list(ctx)).filter((agent) => ids.has(agent.id));
  }

  async servingRouter(ctx: Ctx, routerId: string) {
    const { host } = await getVisible(this.#db, ctx, routerKind, routerId);
    const id = agentId(host, 'L3 agent');
    return (await this.list(ctx)).filter((agent) => agent.id === id);
  }

  /** @throws CloudError `RouterHostedByL3Agent` when another node has it. */
  async addRouter(ctx: Ctx, id: string, routerId: string): Promise<void> {
    const { host } = await this.#ofType(ctx, id, 'L3 agent');
    const router = await getVisible(this.#db, ctx, routerKind, routerId);
    if (router.host === host) return;
    if (router.host !== '')
      throw refused(
        'RouterHostedByL3Agent',
        `The router ${routerId} has been already hosted by the L3 Agent ${agentId(router.host, 'L3 agent')}.`,
      );
    await this.#deps.unit.run((work) => moveRouter(work, { id: routerId, from: '', to: host }));
  }

  /** The router is taken up again by the node that has fewest. */
  async removeRouter(ctx: Ctx, id: string, routerId: string): Promise<void> {
    const { host } = await this.#ofType(ctx, id, 'L3 agent');
    const router = await getVisible(this.#db, ctx, routerKind, routerId);
    if (router.host !== host)
      throw refused('RouterNotHostedByL3Agent', `The router ${routerId} is not hosted by L3 agent ${id}.`);
    await this.#deps.unit.run((work) => moveRouter(work, { id: routerId, from: host, to: '' }));
  }

  async #ofType(ctx: Ctx, id: string, type: AgentType) {
    const agent = await this.get(ctx, id);
    if (agent.agent_type !== type)
      throw refused('InvalidAgent', `Agent ${id} is not a ${type} or has been disabled.`);
    return agent;
  }

  get #db() {
    return this.#deps.database.handle<NetworkTables>();
  }
}

function agentView(node: NodeInfo, { type, binary, topic }: (typeof KINDS)[number]) {
  const seen = wireSeconds(node.lastSeen).replace('T', ' ').replace('Z', '');
  return {
    agent_type: type,
    binary,
    host: node.hostname,
    availability_zone: ZONE,
    topic,
    alive: node.state === 'up',
    configurations: { driver: node.networkDriver },
    heartbeat_timestamp: seen,
    created_at: seen,
    started_at: seen,
    resources_synced: null,
  };
}
