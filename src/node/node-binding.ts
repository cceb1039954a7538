import { CloudError, unavailable } from '#kernel/errors.ts';
import type { Bindable, Binding } from '#src/kuryr/binding.ts';
import type { Entry } from './objects.ts';
import type { World } from './world.ts';

export interface NodeBindingDeps {
  readonly world: World;
  readonly host: string;
  /** How long a port may take to come from control and to be plugged. */
  readonly patienceMs?: number;
}

const PATIENCE_MS = 20_000;

/**
 * On a node of Hydria a port that is bound to this host in Neutron comes here by itself, as one of the desired ports, and
 * goes by itself: what is left to do is to wait.
 */
export class NodeBinding implements Binding {
  readonly host: string;
  readonly #world: World;
  readonly #patienceMs: number;

  constructor({ world, host, patienceMs }: NodeBindingDeps) {
    this.host = host;
    this.#world = world;
    this.#patienceMs = patienceMs ?? PATIENCE_MS;
  }

  async bind({ port }: Bindable): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const look = () => {
      const entry = this.#world.find('port', port.id);
      if (!entry?.wanted || !isFor(entry, port.device_id)) return;
      if (entry.failure?.final) reject(new CloudError('conflict', entry.failure.reason));
      else if (entry.facts.applied === entry.desired?.generation) resolve();
    };
    const unwatch = this.#world.watch(({ kind, id }) => kind === 'port' && id === port.id && look());
    const late = setTimeout(() => reject(unavailable(this.#excuse(port.id))), this.#patienceMs);
    look();
    await promise.finally(() => {
      clearTimeout(late);
      unwatch();
    });
  }

  async unbind(): Promise<void> {}

  #excuse(portId: string): string {
    const entry = this.#world.find('port', portId);
    const why = entry?.wanted
      ? (entry.failure?.reason ?? 'it is still being plugged')
      : 'control did not send it';
    return `The port ${portId} is not on ${this.host} yet: ${why}.`;
  }
}

/** A user's port may have been another device's a moment ago. */
const isFor = ({ desired }: Entry, deviceId: string): boolean =>
  desired?.kind === 'port' && desired.spec.handover === true && desired.spec.sandboxId === deviceId;
