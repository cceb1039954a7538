import { badRequest, conflict, notFound, type CloudError } from '#kernel/errors.ts';
import type { ContainerImage, PullPolicy } from '#node/protocol.ts';
import { domainOf, parseReference, referenceText } from '#oci/registry/reference.ts';

/** A project's login at a registry of container images. */
export interface Registry {
  readonly id: string;
  readonly projectId: string;
  readonly userId: string;
  readonly name: string | null;
  /** As images name it: host, and port if any. */
  readonly domain: string;
  readonly username: string | null;
  /** Sealed by the vault: see `sealContext`. */
  readonly password: string | null;
  readonly createdAt: string;
  readonly updatedAt: string;
}

export const sealContext = (id: string): string => `container-registry/${id}`;

/** @throws CloudError `bad-request` for what cannot be the registry of an image. */
export function assertDomain(domain: string): void {
  const isDomain = domainOf(`${domain}/x`) === domain;
  if (!isDomain) throw badRequest(`Invalid input for field domain: ${JSON.stringify(domain)} is no host.`);
  parseReference(`${domain}/x`, null);
}

/**
 * What a container's node is told to pull.
 * @param home the registry of names without one: that which the user named, else the cloud's default
 * @throws CloudError `bad-request` when the name is none, or is of another registry than the named one
 */
export function registryImage(
  image: string,
  pull: string,
  { named, fallback }: { readonly named: string | null; readonly fallback: string | null },
): ContainerImage {
  const reference = parseReference(image, named ?? fallback);
  if (named !== null && reference.domain !== named)
    throw badRequest(`Image ${image} is not in the registry ${named} that is asked for.`);
  return { reference: referenceText(reference), pull: pull as PullPolicy };
}

export const registryNotFound = (ref: string): CloudError => notFound(`Registry ${ref} could not be found.`);

export const registryAmbiguous = (name: string): CloudError =>
  conflict(`Multiple registries exist with same name ${name}. Please use the registry uuid instead.`, {
    code: 'conflict',
  });
