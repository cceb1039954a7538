import { unavailable } from '#kernel/errors.ts';
import { RegistryClient, type RegistryAnswer } from './registry-client.ts';
import type { Login, RegistryOptions } from './settings.ts';

const PAGE = 500;
const MAX_PAGES = 20;
const MAX_FOUND = 100;

export interface SearchedRegistry extends RegistryOptions {
  readonly login: Login | null;
}

/** A repository as registries tell of it. */
export interface FoundRepository {
  /** Below the registry: `team/app`. */
  readonly name: string;
  readonly description: string;
  readonly isOfficial: boolean;
  readonly stars: number;
}

export interface RepositorySearch {
  readonly name: string;
  /** The whole name, or a part of it. */
  readonly exact: boolean;
}

/**
 * The repositories of a registry by name: by its own search (`/v1/search`) where it has one, else from its catalogue (`/v2/_catalog`), of
 * which so much is read.
 * @throws CloudError `unavailable` when it cannot be reached, or lists nothing to this login
 */
export async function searchRegistry(
  registry: SearchedRegistry,
  { name, exact }: RepositorySearch,
  signal: AbortSignal,
): Promise<readonly FoundRepository[]> {
  const client = new RegistryClient(registry, registry.login);
  const fits = (found: FoundRepository) => (exact ? found.name === name : found.name.includes(name));
  const own = await ownSearch(client, name, signal);
  if (own) return own.filter(fits).slice(0, MAX_FOUND);
  const found: FoundRepository[] = [];
  for await (const known of catalogue(client, registry.domain, signal))
    if (fits(known) && found.push(known) === MAX_FOUND) break;
  return found;
}

async function ownSearch(
  client: RegistryClient,
  name: string,
  signal: AbortSignal,
): Promise<readonly FoundRepository[] | undefined> {
  const query = new URLSearchParams({ q: name, n: String(MAX_FOUND) });
  const { status, body } = await client.get(`/v1/search?${query.toString()}`, signal);
  const { results } = (body ?? {}) as { readonly results?: unknown };
  return status === 200 && Array.isArray(results) ? results.map(asFound) : undefined;
}

function asFound(said: unknown): FoundRepository {
  const { name, description, is_official, star_count } = (said ?? {}) as Readonly<Record<string, unknown>>;
  return {
    name: typeof name === 'string' ? name : '',
    description: typeof description === 'string' ? description : '',
    isOfficial: is_official === true,
    stars: typeof star_count === 'number' ? star_count : 0,
  };
}

async function* catalogue(
  client: RegistryClient,
  domain: string,
  signal: AbortSignal,
): AsyncGenerator<FoundRepository> {
  let path: string | undefined = `/v2/_catalog?n=${PAGE}`;
  for (let page = 0; path !== undefined && page < MAX_PAGES; page++) {
    const answer = await client.get(path, signal);
    const { repositories } = (answer.body ?? {}) as { readonly repositories?: unknown };
    if (answer.status !== 200 || !Array.isArray(repositories))
      throw unavailable(`The registry ${domain} does not list what it has.`);
    yield* repositories.map((name) => asFound({ name }));
    path = nextPage(answer);
  }
}

/** `Link: </v2/_catalog?last=b&n=500>; rel="next"` */
function nextPage({ headers }: RegistryAnswer): string | undefined {
  const target = /<(?<target>[^>]*)>; *rel="?next/.exec(String(headers['link'] ?? ''))?.groups?.['target'];
  if (target === undefined || !URL.canParse(target, 'http://self')) return undefined;
  const { search } = new URL(target, 'http://self');
  return `/v2/_catalog${search}`;
}
