import { textOf } from '../../template/json.ts';
import type { ResourceRun, ResourceType } from '../resource-type.ts';
import { PROJECTS } from '../keystone/collections.ts';
import { gone, Things, type Collection } from './collection.ts';
import { wired, type Fields } from './field.ts';
import { between, LIVE, NEEDED, ref } from './fields.ts';

export interface QuotaKind {
  readonly name: string;
  readonly description: string;
  /** Quotas by the id of a project. */
  readonly collection: Collection;
  /** What is limited: the name of the property, what the API calls it where that is another name. */
  readonly limits: { readonly [property: string]: string | undefined };
}

/** The limits of a project. Taken away, the project has the defaults again. */
export function quotaType({ name, description, collection, limits }: QuotaKind): ResourceType {
  const fields: Fields = {
    project: ref(PROJECTS, 'The project.', { ...NEEDED, wire: null }),
    ...Object.fromEntries(
      Object.entries(limits).map(([limit, wire]) => [
        limit,
        between(-1, undefined, `How many of ${limit}; -1 for any number.`, {
          ...LIVE,
          ...(wire && { wire }),
        }),
      ]),
    ),
  };
  const set = async (run: ResourceRun, id: string): Promise<void> => {
    await new Things(run.cloud, collection).change(id, await wired(fields, run.properties, run.cloud));
  };
  return {
    name,
    description,
    properties: fields,
    attributes: {},
    async create(run) {
      const id = await new Things(run.cloud, PROJECTS).idOf(textOf(run.properties['project']));
      await set(run, id);
      return id;
    },
    /** A limit that is not said any more is the default again. */
    async update(run, changed) {
      const id = run.resource.physicalId ?? '';
      const unsaid = [...changed].some((one) => run.properties[one] === undefined);
      if (unsaid) await new Things(run.cloud, collection).remove(id);
      await set(run, id);
    },
    async remove({ resource, cloud }) {
      if (resource.physicalId !== null) await gone(new Things(cloud, collection).remove(resource.physicalId));
    },
    async check({ resource, cloud }) {
      await new Things(cloud, collection).get(resource.physicalId ?? '');
    },
  };
}
