import type { Ctx } from '#kernel/context.ts';
import { badRequest, notFound } from '#kernel/errors.ts';
import type { NodeInfo } from '#services/placement/port.ts';
import { containerStore } from '../store/containers.ts';
import type { ContainerTables } from '../tables.ts';
import type { ContainerDeps } from './deps.ts';

export interface Host {
  readonly node: NodeInfo;
  readonly containers: number;
}

export interface HostPage {
  readonly limit?: number;
  /** Id of the last node seen. */
  readonly marker?: string;
  readonly sort_key?: string;
  readonly sort_dir?: 'asc' | 'desc';
}

/** What a node may be sorted by. */
const SORTABLE: Readonly<Record<string, (node: NodeInfo) => string | number>> = {
  hostname: (node) => node.hostname,
  id: (node) => node.id,
  uuid: (node) => node.id,
  cpus: (node) => node.cpus,
  mem_total: (node) => node.memory,
};

/** The nodes, as those see them who run containers. */
export class HostService {
  readonly #deps: Pick<ContainerDeps, 'database' | 'nodes'>;

  constructor(deps: Pick<ContainerDeps, 'database' | 'nodes'>) {
    this.#deps = deps;
  }

  async list(ctx: Ctx, page: HostPage = {}): Promise<{ hosts: Host[]; next: string | null }> {
    const nodes = sortNodes(await this.#deps.nodes.list(ctx), page);
    const start = startOf(nodes, page.marker);
    const end = start + Math.min(page.limit ?? nodes.length, nodes.length);
    const counts = await containerStore.countByHost(this.#deps.database.handle<ContainerTables>());
    const hosts = nodes
      .slice(start, end)
      .map((node) => ({ node, containers: counts.get(node.hostname) ?? 0 }));
    return { hosts, next: end < nodes.length ? (hosts.at(-1)?.node.id ?? null) : null };
  }

  async get(ctx: Ctx, ref: string): Promise<Host> {
    const node = await this.#deps.nodes.find(ctx, ref);
    if (!node) throw notFound(`Compute host ${ref} could not be found.`);
    const counts = await containerStore.countByHost(this.#deps.database.handle<ContainerTables>());
    return { node, containers: counts.get(node.hostname) ?? 0 };
  }
}

function sortNodes(nodes: readonly NodeInfo[], { sort_key = 'hostname', sort_dir }: HostPage): NodeInfo[] {
  const key = Object.hasOwn(SORTABLE, sort_key) ? SORTABLE[sort_key] : undefined;
  if (!key) throw badRequest(`Sort key '${sort_key}' is not one of ${Object.keys(SORTABLE).join(', ')}.`);
  const sign = sort_dir === 'desc' ? -1 : 1;
  return nodes.toSorted((a, b) => (key(a) < key(b) ? -sign : key(a) > key(b) ? sign : 0));
}

function startOf(nodes: readonly NodeInfo[], marker: string | undefined): number {
  if (marker === undefined) return 0;
  const index = nodes.findIndex((node) => node.id === marker);
  if (index < 0) throw notFound(`Compute host ${marker} could not be found.`);
  return index + 1;
}
