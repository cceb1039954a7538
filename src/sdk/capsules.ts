import type { CapsuleTemplate } from '#services/container/schema/capsule.ts';
import { unlessNotFound, type ShownContainer } from './containers.ts';
import type { Caller } from './caller.ts';

export type { CapsuleTemplate };

export interface ShownCapsule {
  readonly uuid: string;
  readonly name: string;
  readonly status: string;
  readonly status_reason: string | null;
  readonly labels: Readonly<Record<string, string>>;
  readonly addresses: ShownContainer['addresses'];
  readonly containers: readonly ShownContainer[];
}

const SERVICE = 'container';

/** Zun's capsules: containers that share a network namespace. */
export class Capsules {
  readonly #session: Caller;

  constructor(session: Caller) {
    this.#session = session;
  }

  async list(): Promise<ShownCapsule[]> {
    return (await this.#session.call<{ capsules: ShownCapsule[] }>(SERVICE, 'GET', '/capsules')).capsules;
  }

  get(id: string): Promise<ShownCapsule> {
    return this.#session.call(SERVICE, 'GET', `/capsules/${id}`);
  }

  async find(id: string): Promise<ShownCapsule | undefined> {
    return this.get(id).catch(unlessNotFound);
  }

  create(template: CapsuleTemplate): Promise<ShownCapsule> {
    return this.#session.call(SERVICE, 'POST', '/capsules', { body: { template } });
  }

  async remove(id: string): Promise<void> {
    await this.#session.call(SERVICE, 'DELETE', `/capsules/${id}`);
  }
}
