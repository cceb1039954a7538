import { badRequest } from '#kernel/errors.ts';
import type { ResourceType } from './resource-type.ts';

/** All that stacks can be made of, by name. */
export class ResourceTypes {
  readonly #types: ReadonlyMap<string, ResourceType>;

  constructor(types: readonly ResourceType[]) {
    this.#types = new Map(types.map((type) => [type.name, type]));
  }

  get all(): readonly ResourceType[] {
    return [...this.#types.values()];
  }

  find(name: string): ResourceType | undefined {
    return this.#types.get(name);
  }

  /** @throws CloudError `bad-request` */
  get(name: string): ResourceType {
    const type = this.#types.get(name);
    if (!type)
      throw badRequest(`The Resource Type (${name}) could not be found.`, { code: 'EntityNotFound' });
    return type;
  }
}
