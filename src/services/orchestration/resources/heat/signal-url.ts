import type { ResourceRun } from '../resource-type.ts';

interface CatalogEntry {
  readonly type: string;
  readonly endpoints: readonly { readonly interface: string; readonly url: string }[];
}

/** Where a resource is signalled from outside: the catalogue says where the orchestration service is. */
export async function signalUrl({ cloud, stack, resource }: ResourceRun): Promise<string> {
  const { body } = await cloud.call({ service: 'identity', method: 'GET', path: '/auth/catalog' });
  const { catalog } = body as { readonly catalog: readonly CatalogEntry[] };
  const entry = catalog.find(({ type }) => type === 'orchestration');
  const url = entry?.endpoints.find((endpoint) => endpoint.interface === 'public')?.url ?? '';
  return `${url}/stacks/${stack.name}/${stack.id}/resources/${encodeURIComponent(resource.name)}/signal`;
}
