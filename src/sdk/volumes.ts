import type { Caller } from './caller.ts';

export interface ShownVolume {
  readonly id: string;
  readonly name: string;
  readonly status: string;
}

const SERVICE = 'volumev3';

/** The part of Cinder's API that volumes of a project need. */
export class Volumes {
  readonly #session: Caller;

  constructor(session: Caller) {
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

  /** The name of a type whose volumes several containers may have at once. */
  async findSharedType(): Promise<string | undefined> {
    const { volume_types: types } = await this.#session.call<{
      volume_types: { name: string; extra_specs?: Record<string, string> }[];
    }>(SERVICE, 'GET', '/types');
    return types.find(({ extra_specs: specs }) => specs?.['multiattach'] === '<is> True')?.name;
  }

  /** @param size GiB */
  async create(name: string, size: number, type: string | undefined): Promise<ShownVolume> {
    const body = { volume: { name, size, ...(type !== undefined && { volume_type: type }) } };
    return (await this.#session.call<{ volume: ShownVolume }>(SERVICE, 'POST', '/volumes', { body })).volume;
  }

  async remove(id: string): Promise<void> {
    await this.#session.call(SERVICE, 'DELETE', `/volumes/${id}`);
  }
}
