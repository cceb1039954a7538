import type { Session } from './session.ts';

export interface ShownVolume {
  readonly id: string;
  readonly name: string;
  readonly status: string;
}

const SERVICE = 'volumev3';

/** The part of Cinder's API that volumes of a project need. */
export class Volumes {
  readonly #session: Session;

  constructor(session: Session) {
    this.#session = session;
  }

  async find(name: string): Promise<ShownVolume | undefined> {
    const query = { name };
    const { volumes } = await this.#session.call<{ volumes: ShownVolume[] }>(
      SERVICE,
      'GET',
      '/volumes/detail',
      { query },
    );
    return volumes[0];
  }

  async get(id: string): Promise<ShownVolume> {
    return (await this.#session.call<{ volume: ShownVolume }>(SERVICE, 'GET', `/volumes/${id}`)).volume;
  }

  /** @param size GiB */
  async create(name: string, size: number): Promise<ShownVolume> {
    const body = { volume: { name, size } };
    return (await this.#session.call<{ volume: ShownVolume }>(SERVICE, 'POST', '/volumes', { body })).volume;
  }

  async remove(id: string): Promise<void> {
    await this.#session.call(SERVICE, 'DELETE', `/volumes/${id}`);
  }
}
