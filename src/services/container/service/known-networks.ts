import { isoTime } from '#kernel/clock.ts';
import { projectOf, type Ctx } from '#kernel/context.ts';
import { conflict, notFound } from '#kernel/errors.ts';
import { newUuid } from '#kernel/ids.ts';
import type { CreateNetworkBody } from '../schema/network.ts';
import { networkStore } from '../store/networks.ts';
import type { ContainerTables, NetworkRow } from '../tables.ts';
import type { ContainerDeps } from './deps.ts';

/** Networks that operators tell the container service of, as Zun's do. Containers need no such word: nodes make any network. */
export class KnownNetworks {
  readonly #deps: Pick<ContainerDeps, 'database' | 'networks'>;

  constructor(deps: Pick<ContainerDeps, 'database' | 'networks'>) {
    this.#deps = deps;
  }

  /** @throws CloudError `not-found`; `conflict` for one that is known. */
  async create(ctx: Ctx, { name, neutron_net_id = name }: CreateNetworkBody): Promise<NetworkRow> {
    const { id } = await this.#deps.networks.getNetwork(ctx, neutron_net_id);
    const row: NetworkRow = {
      id: newUuid(),
      project_id: projectOf(ctx),
      user_id: ctx.user.id,
      name,
      network_id: id,
      created_at: isoTime(ctx.clock.now()),
    };
    if (await networkStore.insert(this.#db, row)) return row;
    throw conflict(`A network with neutron_net_id ${id} already exists.`, { code: 'network-already-exists' });
  }

  /** @throws CloudError `not-found` */
  async delete(_ctx: Ctx, networkId: string): Promise<void> {
    if (!(await networkStore.delete(this.#db, networkId)))
      throw notFound(`Network ${networkId} could not be found.`, { code: 'network-not-found' });
  }

  get #db() {
    return this.#deps.database.handle<ContainerTables>();
  }
}
