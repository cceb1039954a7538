import { wireSeconds } from '#kernel/clock.ts';
import type { Association, Item, Namespace, ResourceType } from '../model/metadef.ts';
import type { WholeNamespace } from '../service/metadef-namespaces.ts';

const ROOT = '/v2/metadefs/namespaces';
const SCHEMAS = '/v2/schemas/metadefs';

const times = ({ createdAt, updatedAt }: { createdAt: string; updatedAt: string }) => ({
  created_at: wireSeconds(createdAt),
  updated_at: wireSeconds(updatedAt),
});
const pathOf = (namespace: string, ...rest: readonly string[]) =>
  [ROOT, ...[namespace, ...rest].map(encodeURIComponent)].join('/');

export const namespaceView = (namespace: Namespace) => ({
  namespace: namespace.name,
  ...(namespace.displayName === null ? {} : { display_name: namespace.displayName }),
  ...(namespace.description === null ? {} : { description: namespace.description }),
  visibility: namespace.visibility,
  protected: namespace.protected,
  owner: namespace.owner,
  ...times(namespace),
  self: pathOf(namespace.name),
  schema: `${SCHEMAS}/namespace`,
});

export const listedNamespaceView = ({ namespace, associations }: WholeNamespace) => ({
  ...namespaceView(namespace),
  resource_type_associations: associations.map(associationView),
});

/** With all that is in it; names of properties as they are on the asked kind of resource. */
export function wholeNamespaceView(
  { namespace, items, associations }: WholeNamespace,
  resourceType?: string,
) {
  const prefix = associations.find((one) => one.resourceType === resourceType)?.prefix ?? '';
  const of = (kind: Item['kind']) => items.filter((item) => item.kind === kind);
  return {
    ...listedNamespaceView({ namespace, items, associations }),
    objects: of('object').map((item) => objectView(namespace.name, item)),
    properties: Object.fromEntries(of('property').map((item) => [prefix + item.name, item.body])),
    tags: of('tag').map(({ name }) => ({ name })),
  };
}

export const objectView = (namespace: string, item: Item) => ({
  required: [],
  properties: {},
  ...item.body,
  name: item.name,
  ...times(item),
  self: pathOf(namespace, 'objects', item.name),
  schema: `${SCHEMAS}/object`,
});

export const propertyView = (item: Item) => ({ ...item.body, name: item.name });

export const tagView = (item: Item) => ({ name: item.name, ...times(item) });

export const associationView = (association: Association) => ({
  name: association.resourceType,
  ...(association.prefix === null ? {} : { prefix: association.prefix }),
  ...(association.propertiesTarget === null ? {} : { properties_target: association.propertiesTarget }),
  ...times(association),
});

export const resourceTypeView = (type: ResourceType) => ({ name: type.name, ...times(type) });

interface Listed {
  /** What the list is of, and of which namespace. */
  readonly name: 'namespaces' | 'objects' | 'properties' | 'tags';
  readonly of?: string;
  readonly query: string;
  readonly next: string | null;
}

/** A list with the links to its first and next page. */
export function listView({ name, of, query, next }: Listed, items: unknown) {
  const path = of === undefined ? ROOT : pathOf(of, name);
  return {
    [name]: items,
    first: `${path}${query === '' ? '' : `?${query}`}`,
    ...(next === null ? {} : { next: `${path}?${next}` }),
    schema: `${SCHEMAS}/${name}`,
  };
}
