import { badRequest } from '#kernel/errors.ts';
import { serviceElsewhere } from './elsewhere.ts';
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
    if (type) return type;
    const service = serviceElsewhere(name);
    if (service === undefined)
      throw badRequest(`The Resource Type (${name}) could not be found.`, { code: 'EntityNotFound' });
    throw badRequest(
      `HEAT-E99001 Service ${service} is not available for resource type ${name}, reason: Service endpoint not in service catalog.`,
      { code: 'ResourceTypeUnavailable' },
    );
  }
}
