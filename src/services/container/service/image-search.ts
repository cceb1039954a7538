import type { Ctx } from '#kernel/context.ts';
import { badRequest, messageOf } from '#kernel/errors.ts';
import { domainOf } from '#oci/registry/reference.ts';
import { searchRegistry, type FoundRepository, type SearchedRegistry } from '#oci/registry/search.ts';
import type { ContainerDeps, ContainerImages } from './deps.ts';

/** A repository by the name that containers ask for it with. */
export type FoundImage = FoundRepository;

type Deps = Pick<ContainerDeps, 'containerImages' | 'log'>;

/**
 * Repositories of the registries that the operator has named: nobody else's address is asked.
 * @throws CloudError `bad-request` where there is none; `unavailable` when none of them answers
 */
export async function searchRegistries(
  { containerImages, log }: Deps,
  { signal }: Pick<Ctx, 'signal'>,
  { name, exact }: { readonly name: string; readonly exact: boolean },
): Promise<readonly FoundImage[]> {
  const asked = registriesFor(containerImages, name);
  const found = await Promise.allSettled(
    asked.map(async ({ registry, path }) =>
      (await searchRegistry(registry, { name: path, exact }, signal)).map((one) => ({
        ...one,
        name: registry.domain === homeOf(containerImages) ? one.name : `${registry.domain}/${one.name}`,
      })),
    ),
  );
  const failures = found.flatMap((one) => (one.status === 'rejected' ? [one.reason as unknown] : []));
  for (const why of failures) log.warn({ why: messageOf(why) }, 'a registry was not searched');
  if (failures.length === asked.length) throw failures[0];
  return found.flatMap((one) => (one.status === 'fulfilled' ? one.value : []));
}

/** The registry of names without one, without its path. */
const homeOf = ({ defaultRegistry }: ContainerImages): string | undefined => defaultRegistry?.split('/')[0];

interface Asked {
  readonly registry: SearchedRegistry;
  readonly path: string;
}

/** A name that says its registry is looked for there alone. */
function registriesFor(images: ContainerImages, name: string): readonly Asked[] {
  const named = domainOf(name);
  const home = homeOf(images);
  const domains = new Set([
    ...(home === undefined ? [] : [home]),
    ...images.registries.map(({ domain }) => domain),
  ]);
  const wanted = [...domains].filter((domain) => named === null || domain === named);
  if (wanted.length === 0)
    throw badRequest(
      named === null
        ? 'This cloud knows no registry to search: ask the operator for containers.defaultRegistry.'
        : `This cloud does not know the registry ${named}.`,
    );
  return wanted.map((domain) => ({
    registry: {
      ...(images.registries.find((one) => one.domain === domain) ?? { domain }),
      login: images.logins.find((one) => one.domain === domain) ?? null,
    },
    path: named === null ? name : name.slice(named.length + 1),
  }));
}
