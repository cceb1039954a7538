import { projectOf, type Ctx } from '#kernel/context.ts';
import { networkError, refused } from '../model/errors.ts';
import { ROUTER_INTERFACE } from '../model/device-owner.ts';
import { portStore } from '../store/ports.ts';
import { networkStore, poolStore, routerStore } from '../store/stores.ts';
import type { NetworkTx } from '../tables.ts';
import type { UseCaseDeps } from './deps.ts';
import { deleteIn, type NetworkService } from './networks.ts';
import { removePorts } from './port-writer.ts';
import { setGateway } from './router-gateway.ts';
import { addSubnet } from './router-interfaces.ts';
import type { RouterService } from './routers.ts';
import type { SubnetService } from './subnets.ts';
import type { Work } from './unit.ts';

export interface AutoTopologyDeps extends Pick<UseCaseDeps, 'unit'> {
  readonly networks: NetworkService;
  readonly subnets: SubnetService;
  readonly routers: RouterService;
}

const NAME = 'auto_allocated_network';
const failure = (message: string) => refused('AutoAllocationFailure', `Deployment error: ${message}.`);

/** A network with a way out, for whoever wants to ask for no more. */
export class AutoTopologyService {
  readonly #deps: AutoTopologyDeps;

  constructor(deps: AutoTopologyDeps) {
    this.#deps = deps;
  }

  /** Whether it could be made. @throws CloudError that says what is missing. */
  async check(): Promise<void> {
    await this.#deps.unit.run(async ({ tx }) => void (await requirements(tx)));
  }

  /** The project's own, made when it is missing. @returns the id of the network. */
  async ensure(ctx: Ctx, projectId: string): Promise<string> {
    assertProject(ctx, projectId);
    const host = await this.#deps.routers.freeHost(ctx);
    return this.#deps.unit.run(
      async (work) => (await find(work.tx, projectId))?.network_id ?? this.#make(ctx, work, projectId, host),
    );
  }

  // oxlint-disable-next-line max-params
  async #make(ctx: Ctx, work: Work, projectId: string, host: string): Promise<string> {
    const { networks, subnets, routers } = this.#deps;
    const { external, versions } = await requirements(work.tx);
    const project = { project_id: projectId };
    const network = await networks.createIn(ctx, work, { ...project, name: NAME });
    const body = {
      ...project,
      name: 'auto_allocated_router',
      external_gateway_info: { network_id: external },
    };
    const router = await routers.createIn(ctx, work, body, host);
    for (const ip_version of versions) {
      const subnet = await subnets.createIn(ctx, work, {
        ...project,
        name: `auto_allocated_subnet_v${ip_version}`,
        network_id: network.id,
        ip_version,
        use_default_subnetpool: true,
      });
      await addSubnet(ctx, work, router, subnet.id);
    }
    const row = { project_id: projectId, network_id: network.id, router_id: router.id };
    await work.tx.insertInto('network_auto_topology').values(row).execute();
    return network.id;
  }

  /** @throws CloudError when there is none, or something is on it. */
  delete(ctx: Ctx, projectId: string): Promise<void> {
    assertProject(ctx, projectId);
    return this.#deps.unit.run(async (work) => {
      const found = await find(work.tx, projectId);
      if (!found) throw notFound(projectId);
      await deleteRouter(ctx, work, found.router_id);
      await deleteIn(work, found.network_id);
    });
  }
}

async function deleteRouter(ctx: Ctx, work: Work, id: string): Promise<void> {
  const router = await routerStore.find(work.tx, id);
  if (!router) return;
  const interfaces = await portStore.list(work.tx, (eb) =>
    eb.and([eb('device_id', '=', id), eb('device_owner', '=', ROUTER_INTERFACE)]),
  );
  await removePorts(work, interfaces);
  await setGateway(ctx, work, router, null);
  await routerStore.delete(work.tx, [id]);
  work.changes.touch('router', id);
  work.changes.leave(router.host);
}

const find = (tx: NetworkTx, projectId: string) =>
  tx.selectFrom('network_auto_topology').selectAll().where('project_id', '=', projectId).executeTakeFirst();

function assertProject(ctx: Ctx, projectId: string): void {
  if (!ctx.isAdmin && projectId !== projectOf(ctx)) throw notFound(projectId);
}

const notFound = (projectId: string) =>
  networkError(
    'not-found',
    'AutoAllocatedTopologyNotFound',
    `There is no auto-allocated topology of project ${projectId}.`,
  );

/** A default way out, and a default pool of addresses of at least one IP version. */
async function requirements(tx: NetworkTx): Promise<{ external: string; versions: (4 | 6)[] }> {
  const [network] = await networkStore.list(tx, (eb) =>
    eb.and([eb('is_default', '=', 1), eb('external', '=', 1)]),
  );
  if (!network) throw failure('No default router:external network');
  const pools = await poolStore.list(tx, (eb) => eb('is_default', '=', 1));
  if (pools.length === 0) throw failure('No default subnetpools defined');
  return { external: network.id, versions: pools.map(({ ipVersion }) => ipVersion).sort((a, b) => a - b) };
}
