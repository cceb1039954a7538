import type { Ctx } from '#kernel/context.ts';
import { badRequest, notFound } from '#kernel/errors.ts';
import type { ContainerImage, ImageRef } from '#node/protocol.ts';
import type { ImageInfo, ImageReader } from '#services/image/port.ts';
import type { Container, ContainerSettings } from '../model/container.ts';
import { registryImage, registryNotFound } from '../model/registry.ts';
import { registryStore } from '../store/registries.ts';
import type { ContainerTables } from '../tables.ts';
import type { TaskDeps } from './deps.ts';

type Deps = Pick<TaskDeps, 'images' | 'database' | 'containerImages'>;
type Wanted = Pick<Container, 'image'> & {
  readonly settings: Pick<ContainerSettings, 'imageDriver' | 'imagePullPolicy' | 'registryId'>;
};

/** An image as Docker's users name it: `repo`, and `repo:latest` for the same. */
export async function findImage(images: ImageReader, ctx: Ctx, name: string): Promise<ImageInfo | undefined> {
  const found = await images.find(ctx, name);
  if (found || !name.endsWith(':latest')) return found;
  return images.find(ctx, name.slice(0, -':latest'.length));
}

/** By Zun's rule: what the user says, else the operator, else the image service. */
export const driverOf = (
  { containerImages }: Pick<TaskDeps, 'containerImages'>,
  driver: string | null,
): string => driver ?? containerImages.driver;

/**
 * Refuses what cannot be run. Whether a registry has the image, only its node can tell.
 * @param named domain of the registry that the user named
 * @throws CloudError `bad-request`
 */
export async function assertImage(
  deps: Pick<TaskDeps, 'images' | 'containerImages'>,
  ctx: Ctx,
  { image, settings }: Wanted,
  named: string | null,
): Promise<void> {
  if (driverOf(deps, settings.imageDriver) === 'docker') {
    const fallback = deps.containerImages.defaultRegistry;
    registryImage(image, settings.imagePullPolicy, { named, fallback });
  } else if (!(await findImage(deps.images, ctx, image)))
    throw badRequest(`Image ${image} could not be found.`, { code: 'image-not-found' });
}

/**
 * What the container's node is to run.
 * @throws CloudError `not-found`, or `bad-request` for a name that is none
 */
export function imageOf(deps: Deps, ctx: Ctx, wanted: Wanted): Promise<ContainerImage> {
  return driverOf(deps, wanted.settings.imageDriver) === 'docker'
    ? pulledImage(deps, wanted)
    : storedImage(deps, ctx, wanted);
}

async function storedImage({ images }: Deps, ctx: Ctx, { image }: Wanted): Promise<ImageRef> {
  const found = await findImage(images, ctx, image);
  if (!found) throw notFound(`Image ${image} could not be found.`);
  if (found.status !== 'active' || found.hash === null)
    throw badRequest(`Image ${image} has no data yet: its status is ${found.status}.`);
  return { id: found.id, checksum: found.hash };
}

async function pulledImage(
  { database, containerImages }: Deps,
  { image, settings }: Wanted,
): Promise<ContainerImage> {
  const { registryId = null, imagePullPolicy } = settings;
  const named = registryId === null ? null : await getDomain(database, registryId);
  return registryImage(image, imagePullPolicy, { named, fallback: containerImages.defaultRegistry });
}

async function getDomain(database: Deps['database'], registryId: string): Promise<string> {
  const registry = await registryStore.find(database.handle<ContainerTables>(), registryId);
  if (!registry) throw registryNotFound(registryId);
  return registry.domain;
}
