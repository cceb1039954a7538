import type { Ctx } from '#kernel/context.ts';
import { notFound } from '#kernel/errors.ts';
import type { NodeChange, NodeInfo } from '#services/placement/port.ts';
import { COMPUTE } from '../model/compute.ts';
import type { ContainerDeps } from './deps.ts';

/** A node's service as operators name it. */
export interface ServiceName {
  readonly host: string;
  readonly binary: string;
}

/** The nodes' services: each node is the zun-compute of its host. */
export class ComputeServices {
  readonly #deps: Pick<ContainerDeps, 'nodes'>;

  constructor(deps: Pick<ContainerDeps, 'nodes'>) {
    this.#deps = deps;
  }

  list(ctx: Ctx): Promise<NodeInfo[]> {
    return this.#deps.nodes.list(ctx);
  }

  /** @throws CloudError `not-found` */
  async change(ctx: Ctx, name: ServiceName, change: NodeChange): Promise<NodeInfo> {
    return this.#deps.nodes.change(ctx, await this.#find(ctx, name), change);
  }

  /** @throws CloudError `not-found` */
  async delete(ctx: Ctx, name: ServiceName): Promise<void> {
    await this.#deps.nodes.forget(ctx, await this.#find(ctx, name));
  }

  async #find(ctx: Ctx, { host, binary }: ServiceName): Promise<string> {
    const node = binary === COMPUTE ? await this.#deps.nodes.find(ctx, host) : undefined;
    if (!node) throw notFound(`Service ${binary} on host ${host} could not be found.`);
    return node.id;
  }
}
