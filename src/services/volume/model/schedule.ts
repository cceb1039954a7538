import type { NodeInfo } from '#services/placement/port.ts';
import { OVERSUBSCRIPTION, poolsOf, satisfies, type Pool } from './pool.ts';

export interface Place {
  readonly host: string;
  readonly backend: string;
}

export interface Wanted {
  /** GiB. */
  readonly size: number;
  /** Extra specs of the type: what it asks of the pool. */
  readonly specs: Readonly<Record<string, string>>;
  /** Host that must have it; null = any. */
  readonly host: string | null;
}

export interface Occupancy {
  /** GiB promised already, by `host/backend`. */
  readonly given: ReadonlyMap<string, number>;
  /** Places that take nothing new, by `host/backend`. */
  readonly closed: ReadonlySet<string>;
}

/** The pool with the most free space among those that may keep it; of a node that is away only when there is no other. */
export function pickPlace(
  nodes: readonly NodeInfo[],
  wanted: Wanted,
  { given, closed }: Occupancy,
): Place | undefined {
  const places = poolsOf(nodes)
    .filter(({ node: { state, disabled } }) => state !== 'down' && !disabled)
    .filter(({ node: { hostname } }) => wanted.host === null || wanted.host === hostname)
    .filter((pool) => satisfies(pool, wanted.specs))
    .map((pool) => ({
      place: placeOf(pool),
      isUp: pool.node.state === 'up',
      room: capacityOf(pool) - (given.get(placeKey(placeOf(pool))) ?? 0),
    }))
    .filter(({ place, room }) => room >= wanted.size && !closed.has(placeKey(place)));
  const [best] = places.toSorted(
    (a, b) => Number(b.isUp) - Number(a.isUp) || b.room - a.room || a.place.host.localeCompare(b.place.host),
  );
  return best?.place;
}

/** The place of a copy's source, where the copy must be too; undefined = it takes nothing new. */
export const openPlace = (place: Place, { closed }: Pick<Occupancy, 'closed'>): Place | undefined =>
  closed.has(placeKey(place)) ? undefined : place;

export const placeKey = ({ host, backend }: Place): string => `${host}/${backend}`;

export const placeOf = ({ node, backend }: Pool): Place => ({ host: node.hostname, backend: backend.name });

/** GiB that it may promise. */
export const capacityOf = ({ backend }: Pool): number =>
  backend.total * (backend.thin ? OVERSUBSCRIPTION : 1);
