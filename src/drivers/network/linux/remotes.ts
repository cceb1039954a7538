import type { RemoteSpec } from '../driver.ts';
import type { Host } from './host.ts';
import {
  EMPTY,
  planTunnel,
  readTunnel,
  wantedEntries,
  type ShownMac,
  type ShownNeighbour,
  type TunnelEntries,
} from './tunnel-plan.ts';
import { Serial } from '#kernel/serial.ts';

interface Tunnel {
  readonly network: string;
  readonly device: string;
  /** undefined = not known: the machine is looked at. */
  entries: TunnelEntries | undefined;
}

/** Where the ports on other machines are: the entries of every network's tunnel, kept equal to what was last said. */
export class Remotes {
  readonly #host: Host;
  readonly #serial = new Serial();
  readonly #tunnels = new Map<string, Tunnel>();
  /** By network. undefined until the first word, when what the machine holds from before stays. */
  #said: ReadonlyMap<string, readonly RemoteSpec[]> | undefined;

  constructor(host: Host) {
    this.#host = host;
  }

  async set(remotes: readonly RemoteSpec[]): Promise<void> {
    this.#said = Map.groupBy(remotes, ({ networkId }) => networkId);
    await Promise.all([...this.#tunnels.keys()].map((id) => this.#apply(id)));
  }

  /** From now on the network has this tunnel. */
  async attach(
    id: string,
    { network, device, isNew }: { network: string; device: string; isNew: boolean },
  ): Promise<void> {
    this.#tunnels.set(id, { network, device, entries: isNew ? EMPTY : undefined });
    await this.#apply(id);
  }

  detach(id: string): void {
    this.#tunnels.delete(id);
  }

  #apply(id: string): Promise<void> {
    return this.#serial.run(id, async () => {
      const tunnel = this.#tunnels.get(id);
      if (!tunnel || !this.#said) return;
      const wanted = wantedEntries(this.#said.get(id) ?? []);
      const { network, device } = tunnel;
      const held = tunnel.entries ?? (await this.#look(tunnel));
      const plan = planTunnel(held, wanted, device);
      tunnel.entries = undefined;
      await Promise.all([this.#host.bridge(network, plan.bridge), this.#host.ipRemove(network, plan.ip)]);
      tunnel.entries = wanted;
    });
  }

  async #look({ network, device }: Tunnel): Promise<TunnelEntries> {
    const [[macs = []], [neighbours = []]] = await Promise.all([
      this.#host.showBridge<ShownMac>(network, [`fdb show dev ${device}`]),
      this.#host.show<ShownNeighbour>(network, [`neigh show dev ${device} nud permanent`]),
    ]);
    return readTunnel(macs, neighbours);
  }
}
