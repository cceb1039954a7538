import type { BandwidthSpec, RateSpec } from '../driver.ts';
import type { Host } from './host.ts';
import type { Names } from './names.ts';

/** A burst of so much, where the limit names none: a tenth of a second. */
const BURST_SECONDS = 0.1;
/** Less would not let a full packet pass, or not reach the rate with few timer ticks. */
const LEAST_BURST_BYTES = 32 << 10;
/** How long a packet may wait before it is dropped. */
const QUEUE = 'latency 50ms';

/** A port's end on its network's bridge, where it is held down. */
export interface BrakedPort {
  readonly id: string;
  readonly network: string;
  readonly device: string;
}

/**
 * Holds ports down to their speed, outside of the workload's reach: what goes to it waits at the bridge's end of its link; what
 * comes from it is led through a device of its own to wait there.
 */
export class Brakes {
  readonly #host: Host;
  readonly #names: Names;
  /** What this process set or found right. */
  readonly #set = new Map<string, string>();

  constructor(host: Host, names: Names) {
    this.#host = host;
    this.#names = names;
  }

  /** @param isNew a link that was just made is held down by nothing. */
  async set(port: BrakedPort, bandwidth: BandwidthSpec, isNew: boolean): Promise<void> {
    const wanted = JSON.stringify(bandwidth);
    const isFree = bandwidth.ingress === null && bandwidth.egress === null;
    const isRight = isNew ? isFree : this.#set.get(port.id) === wanted;
    this.#set.delete(port.id);
    if (!isRight) {
      const brake = this.#names.device('brake', port.id);
      await this.#host.ipRemove(port.network, [`link del ${brake}`]);
      if (bandwidth.egress)
        await this.#host.ip(port.network, [`link add ${brake} type ifb`, `link set ${brake} up`]);
      await this.#tc(port.network, removal(port.device));
      await this.#tc(port.network, brakeLines({ device: port.device, brake }, bandwidth));
    }
    this.#set.set(port.id, wanted);
  }

  /** What is at the link goes with it. */
  async remove({ id, network }: Pick<BrakedPort, 'id' | 'network'>): Promise<void> {
    const known = this.#set.get(id);
    this.#set.delete(id);
    if (known !== undefined && (JSON.parse(known) as BandwidthSpec).egress === null) return;
    await this.#host.ipRemove(network, [`link del ${this.#names.device('brake', id)}`]);
  }

  async #tc(network: string, lines: readonly TcLine[]): Promise<void> {
    if (lines.length === 0) return;
    const okCodes = lines.some(({ mayFail }) => mayFail) ? [0, 1, 2] : [0];
    const input = lines.map(({ line }) => `${line}\n`).join('');
    await this.#host.run(network, ['tc', '-force', '-batch', '-'], { input, okCodes });
  }
}

export interface TcLine {
  readonly line: string;
  /** Takes away what may not be there. */
  readonly mayFail: boolean;
}

const removal = (device: string): TcLine[] =>
  ['root', 'ingress'].map((where) => ({ line: `qdisc del dev ${device} ${where}`, mayFail: true }));

/** Lines of tc(8). Pure. */
export function brakeLines(
  { device, brake }: { readonly device: string; readonly brake: string },
  { ingress, egress }: BandwidthSpec,
): TcLine[] {
  const lines = [
    ...(ingress ? [`qdisc add dev ${device} root ${bucket(ingress)}`] : []),
    ...(egress
      ? [
          `qdisc add dev ${brake} root ${bucket(egress)}`,
          `qdisc add dev ${device} ingress`,
          `filter add dev ${device} parent ffff: protocol all prio 1 u32 match u32 0 0 action mirred egress redirect dev ${brake}`,
        ]
      : []),
  ];
  return lines.map((line) => ({ line, mayFail: false }));
}

function bucket({ kbps, burstKbits }: RateSpec): string {
  const burst = burstKbits > 0 ? burstKbits * 125 : kbps * 125 * BURST_SECONDS;
  return `tbf rate ${kbps}kbit burst ${Math.max(LEAST_BURST_BYTES, Math.ceil(burst))} ${QUEUE}`;
}
