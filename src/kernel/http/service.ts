import type { Migration } from '../db/migrate.ts';
import type { MicroversionRange } from '../microversion.ts';
import type { PolicyRule } from '../policy/policy.ts';
import type { FaultFormat } from './faults.ts';
import type { Route } from './route.ts';
import type { SocketRoute } from './socket.ts';

/** Where clients find a service in the catalogue. */
export interface CatalogEntry {
  /** The official type first, then aliases clients still look for. */
  readonly types: readonly string[];
  readonly name: string;
  /** Below the cloud's public URL; may hold `$(project_id)s`. */
  readonly path: string;
}

/** Input-free: compares what is intended with what is observed, and mends. Runs at start, on a timer and on a nudge. */
export interface Reconciler {
  readonly name: string;
  /** Seconds between runs. */
  readonly every: number;
  run(signal: AbortSignal): Promise<void>;
}

/** A service as it is known everywhere: in compose, in the catalogue, in policy, docs and tests. */
export interface Service {
  readonly name: string;
  /** Path prefix of its API: `/container`. */
  readonly prefix: string;
  readonly catalog: CatalogEntry | null;
  readonly microversions?: MicroversionRange;
  readonly faults: FaultFormat;
  /** Below the version, a path that ends in `/` names an object without an id, which is not found, and never the list. */
  readonly strictSlashes?: boolean;
  readonly policy: readonly PolicyRule[];
  readonly routes: readonly Route[];
  readonly sockets?: readonly SocketRoute[];
  readonly migrations: readonly Migration[];
  readonly reconcilers: readonly Reconciler[];
}

export const defineService = (service: Service): Service => service;
