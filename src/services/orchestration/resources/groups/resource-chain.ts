import type { Json, JsonMap } from '../../template/json.ts';
import { holder, isMemberPath, memberAttribute } from '../nested/holder.ts';
import { referencesOf, tellEach, underPath } from './member-attributes.ts';
import { groupTemplate, type Members } from './members.ts';

/** Each waits for the one before it, unless they go side by side. */
function chainOf(properties: JsonMap): Members {
  const types = properties['resources'] as readonly string[];
  const given = properties['resource_properties'];
  const waits = properties['concurrent'] !== true;
  return new Map(
    types.map((type, index) => [
      `${index}`,
      {
        type,
        ...(given !== undefined && { properties: given }),
        ...(waits && index > 0 && { depends_on: [`${index - 1}`] }),
      },
    ]),
  );
}

/** Resources of several types with the same properties, one after another. */
export const resourceChain = holder({
  name: 'OS::Heat::ResourceChain',
  description:
    'Creates resources of the given types with the same properties, one after another or side by side.',
  properties: {
    resources: {
      type: 'list',
      required: true,
      updateAllowed: true,
      items: { type: 'string' },
      description: 'The types of the resources, in their order.',
    },
    concurrent: {
      type: 'boolean',
      default: false,
      description: 'Whether the resources are created side by side.',
    },
    resource_properties: { type: 'map', description: 'Properties of each of the resources.' },
  },
  attributes: {
    refs: { type: 'list', description: 'A list of resource IDs for the resources in the chain.' },
    attributes: {
      type: 'map',
      description: 'A map of resource names to the specified attribute of each individual resource.',
    },
  },
  foreseen: (properties) => ({ template: groupTemplate(chainOf(properties)) }),
  child: ({ properties }) => ({ template: groupTemplate(chainOf(properties)) }),
  async attribute(run, path): Promise<Json> {
    const [name, ...rest] = path;
    if (isMemberPath(path)) return memberAttribute(run, path);
    if (name === 'refs') return Object.values(await referencesOf(run));
    if (name === 'attributes' && rest.length > 0) return underPath(await tellEach(run, rest), rest);
    return underPath(Object.values(await tellEach(run, path)), rest);
  },
});
