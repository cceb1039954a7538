import type { Clock } from '#kernel/clock.ts';
import { systemCtx } from '#kernel/context.ts';
import type { Database } from '#kernel/db/database.ts';
import type { Reconciler } from '#kernel/http/service.ts';
import { newRequestId } from '#kernel/ids.ts';
import type { Logger } from '#kernel/log.ts';
import type { NodeInfo, NodePort } from '#services/placement/port.ts';
import type { NetworkTables } from '../tables.ts';
import type { Unit, Work } from './unit.ts';

export interface RouterPlacementDeps {
  readonly database: Database;
  readonly unit: Unit;
  readonly nodes: NodePort;
  readonly clock: Clock;
  readonly log: Logger;
}

/** A node that is away for so long is dead: a restart is shorter. */
const GRACE_MS = 30_000;
const EVERY_SECONDS = 10;

/**
 * Moves routers away from nodes that are dead, each to the living node that has fewest. A node that comes back is told all that it
 * should have, and gives its copy up. Routers that have no node yet are taken up too.
 */
export class RouterPlacement implements Reconciler {
  readonly name = 'network router placement';
  readonly every = EVERY_SECONDS;
  readonly #deps: RouterPlacementDeps;
  /** Since when this process has found a node away: after a start of control nobody is here yet. */
  readonly #awaySince = new Map<string, number>();

  constructor(deps: RouterPlacementDeps) {
    this.#deps = deps;
  }

  async run(): Promise<void> {
    const { clock, database, log, nodes } = this.#deps;
    const all = await nodes.list(systemCtx(newRequestId(), { clock, log }));
    const living = all.filter(({ state, disabled }) => state === 'up' && !disabled);
    const dead = this.#findDead(all);
    if (living.length === 0) return;
    const kept = new Set(all.filter((node) => !dead.has(node.hostname)).map(({ hostname }) => hostname));
    const routers = await database
      .handle<NetworkTables>()
      .selectFrom('network_router')
      .select(['id', 'host'])
      .orderBy('id')
      .execute();
    const moves = planMoves(routers, { kept, living: living.map(({ hostname }) => hostname) });
    for (const move of moves) {
      await this.#deps.unit.run((work) => moveRouter(work, move));
      log.info(move, 'a router has moved to another node');
    }
  }

  #findDead(nodes: readonly NodeInfo[]): Set<string> {
    const now = this.#deps.clock.now().getTime();
    const away = nodes.filter(({ state }) => state !== 'up').map(({ hostname }) => hostname);
    for (const host of this.#awaySince.keys()) if (!away.includes(host)) this.#awaySince.delete(host);
    for (const host of away) if (!this.#awaySince.has(host)) this.#awaySince.set(host, now);
    return new Set(away.filter((host) => now - (this.#awaySince.get(host) ?? now) >= GRACE_MS));
  }
}

interface Placed {
  readonly id: string;
  readonly host: string;
}

interface Move {
  readonly id: string;
  readonly from: string;
  readonly to: string;
}

/** Pure. @param kept hosts whose routers stay. @param living hosts to which routers may go; at least one. */
export function planMoves(
  routers: readonly Placed[],
  { kept, living }: { readonly kept: ReadonlySet<string>; readonly living: readonly string[] },
): Move[] {
  const load = new Map(living.map((host) => [host, 0]));
  for (const { host } of routers) if (load.has(host)) load.set(host, (load.get(host) ?? 0) + 1);
  const leastLoaded = (): string => [...load].reduce((best, next) => (next[1] < best[1] ? next : best))[0];
  return routers
    .filter(({ host }) => !kept.has(host))
    .map(({ id, host }) => {
      const to = leastLoaded();
      load.set(to, (load.get(to) ?? 0) + 1);
      return { id, from: host, to };
    });
}

/** Guarded by where it was: another control process may have moved it meanwhile. */
export async function moveRouter({ tx, changes }: Work, { id, from, to }: Move): Promise<void> {
  const { numUpdatedRows } = await tx
    .updateTable('network_router')
    .set({ host: to })
    .where('id', '=', id)
    .where('host', '=', from)
    .executeTakeFirst();
  if (numUpdatedRows === 0n) return;
  const sides = () =>
    tx
      .selectFrom('network_port')
      .where('device_id', '=', id)
      .where('device_owner', 'like', 'network:router%');
  const ports = await sides().select(['id', 'network_id']).execute();
  const ids = ports.map((port) => port.id);
  if (ids.length > 0) await tx.updateTable('network_port').set({ host: to }).where('id', 'in', ids).execute();
  changes.touch('router', id);
  changes.touch('port', ...ids);
  changes.touch('network', ...ports.map((port) => port.network_id));
  changes.leave(from);
}
