import { defineService, type Service } from '#kernel/http/service.ts';
import type { TaskKind } from '#kernel/tasks/task.ts';
import { statusTitle, type FaultFormat } from '#kernel/http/faults.ts';
import { localImagePort } from './local-port.ts';
import { createImages } from './migrations/0001-images.ts';
import { createTasks } from './migrations/0002-tasks.ts';
import { addReceiver } from './migrations/0004-receiver.ts';
import { imagePolicy } from './policy.ts';
import type { ImagePort } from './port.ts';
import { createMetadefs } from './migrations/0003-metadefs.ts';
import { metadefRoutes } from './routes/metadefs.ts';
import { seedMetadefs } from './standard-metadefs.ts';
import { pruneTasks, sweepImages } from './reconcile.ts';
import { discoveryRoutes } from './routes/discovery.ts';
import { imageActionRoutes } from './routes/image-actions.ts';
import { imageDataRoutes } from './routes/image-data.ts';
import { imageRoutes } from './routes/images.ts';
import { importRoutes } from './routes/imports.ts';
import { locationRoutes } from './routes/locations.ts';
import { memberRoutes } from './routes/members.ts';
import type { ImageDeps } from './service/deps.ts';
import { ImageDataService } from './service/image-data.ts';
import { ImageService } from './service/images.ts';
import { ImportService, type ImportDeps } from './service/imports.ts';
import { Limits } from './service/limits.ts';
import { MemberService } from './service/members.ts';
import { Stores } from './service/stores.ts';
import { importImage } from './tasks/import-image.ts';

/** Glance sends HTML; this JSON is what the SDKs read well. */
const glanceFaults: FaultFormat = {
  status: { quota: 413 },
  body: (error, status) => ({
    message: error.message,
    code: `${status} ${statusTitle(status)}`,
    title: statusTitle(status),
  }),
};

/** What other services may ask of images. */
export const createImagePort = (deps: ImageDeps): ImagePort => localImagePort(deps);

export const imageTasks = (deps: ImageDeps): TaskKind[] => [importImage(deps)];

export function createImageService(deps: ImageDeps & Pick<ImportDeps, 'tasks'>): Service {
  const images = new ImageService(deps);
  const data = new ImageDataService({ ...deps, images });
  const imports = new ImportService({ ...deps, images });
  const members = new MemberService({ ...deps, images });
  const stores = new Stores(deps.stores);
  return defineService({
    name: 'image',
    prefix: '/image',
    catalog: { types: ['image'], name: 'glance', path: '/image' },
    faults: glanceFaults,
    policy: imagePolicy,
    routes: [
      ...discoveryRoutes({ stores, limits: new Limits(deps) }),
      ...imageRoutes({ images, imports, stores }),
      ...imageActionRoutes(images),
      ...imageDataRoutes(data),
      ...importRoutes({ images, imports, stores }),
      ...locationRoutes({ images, imports, stores }),
      ...memberRoutes(members),
      ...metadefRoutes(deps),
    ],
    migrations: [createImages, createTasks, createMetadefs, addReceiver],
    reconcilers: [sweepImages(deps), pruneTasks(deps), seedMetadefs(deps)],
  });
}
