import type { DesiredKind } from '#node/protocol.ts';
import type { NetworkTx } from '../tables.ts';

/** What is a row of ours with a generation. */
export type TouchedKind = Extract<DesiredKind, 'network' | 'group' | 'port' | 'router'>;
/** A `remote` is a port, told to those nodes that have its network and not the port itself. */
export type NetworkKind = TouchedKind | Extract<DesiredKind, 'remote'>;

const TOUCHED: readonly TouchedKind[] = ['network', 'group', 'port', 'router'];

/** In the order in which a node needs them. */
export const KINDS: readonly NetworkKind[] = ['network', 'group', 'remote', 'port', 'router'];

/** What a transaction touched of that which nodes are told. */
export class Changes {
  readonly touched: Readonly<Record<TouchedKind, Set<string>>> = {
    network: new Set(),
    group: new Set(),
    port: new Set(),
    router: new Set(),
  };
  /** Hosts where something may have been the last of its kind, or is gone. */
  readonly left = new Set<string>();

  touch(kind: TouchedKind, ...ids: readonly string[]): void {
    for (const id of ids) this.touched[kind].add(id);
  }

  leave(host: string): void {
    if (host !== '') this.left.add(host);
  }

  merge(other: Changes): void {
    for (const kind of TOUCHED) this.touch(kind, ...other.touched[kind]);
    for (const host of other.left) this.left.add(host);
  }

  get empty(): boolean {
    return TOUCHED.every((kind) => this.touched[kind].size === 0);
  }
}

const TABLES = {
  network: 'network_network',
  group: 'network_group',
  port: 'network_port',
  router: 'network_router',
} as const;

/** Gives everything touched its next generation: part of the transaction that touched it. */
export async function bumpGenerations(tx: NetworkTx, { touched }: Changes): Promise<void> {
  for (const kind of TOUCHED) {
    if (touched[kind].size === 0) continue;
    await tx
      .updateTable(TABLES[kind])
      .set((eb) => ({ generation: eb('generation', '+', 1) }))
      .where('id', 'in', [...touched[kind]])
      .execute();
  }
}
