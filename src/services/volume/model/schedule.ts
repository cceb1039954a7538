import type { NodeInfo } from '#services/placement/port.ts';

export interface Place {
  readonly host: string;
  readonly backend: string;
}

export interface Wanted {
  /** GiB. */
  readonly size: number;
  /** Name of the backend that the type asks for; null = any. */
  readonly backend: string | null;
  /** Host that must have it; null = any. */
  readonly host: string | null;
}

/** How much more thin volumes may promise than there is. */
const OVERSUBSCRIPTION = 20;

/** The backend with the most free space among those that may keep it. @param given GiB promised already, by `host/backend` */
export function pickPlace(
  nodes: readonly NodeInfo[],
  wanted: Wanted,
  given: ReadonlyMap<string, number>,
): Place | undefined {
  const places = nodes
    .filter(({ state, disabled, hostname }) => {
      return state === 'up' && !disabled && (wanted.host === null || wanted.host === hostname);
    })
    .flatMap(({ hostname, volumeBackends }) =>
      volumeBackends.map((backend) => {
        const promised = given.get(placeKey({ host: hostname, backend: backend.name })) ?? 0;
        const room = backend.total * (backend.thin ? OVERSUBSCRIPTION : 1) - promised;
        return { host: hostname, backend: backend.name, room };
      }),
    )
    .filter(({ backend, room }) => room >= wanted.size && (wanted.backend ?? backend) === backend);
  return places.toSorted((a, b) => b.room - a.room || a.host.localeCompare(b.host))[0];
}

export const placeKey = ({ host, backend }: Place): string => `${host}/${backend}`;
