import { defineService, type Service } from '#kernel/http/service.ts';
import { statusTitle, type FaultFormat } from '#kernel/http/faults.ts';
import { localImagePort } from './local-port.ts';
import { createImages } from './migrations/0001-images.ts';
import { imagePolicy } from './policy.ts';
import type { ImagePort } from './port.ts';
import { sweepImages } from './reconcile.ts';
import { discoveryRoutes } from './routes/discovery.ts';
import { imageActionRoutes } from './routes/image-actions.ts';
import { imageDataRoutes } from './routes/image-data.ts';
import { imageRoutes } from './routes/images.ts';
import { memberRoutes } from './routes/members.ts';
import { ImageDataService, type ImageDataDeps } from './service/image-data.ts';
import { ImageService } from './service/images.ts';
import { MemberService } from './service/members.ts';

/** Glance sends HTML; this JSON is what the SDKs read well. */
const glanceFaults: FaultFormat = {
  status: { quota: 413 },
  body: (error, status) => ({
    message: error.message,
    code: `${status} ${statusTitle(status)}`,
    title: statusTitle(status),
  }),
};

export function createImageService(deps: Omit<ImageDataDeps, 'images'>): {
  service: Service;
  port: ImagePort;
} {
  const images = new ImageService(deps);
  const data = new ImageDataService({ ...deps, images });
  const members = new MemberService({ ...deps, images });
  const service = defineService({
    name: 'image',
    prefix: '/image',
    catalog: { types: ['image'], name: 'glance', path: '/image' },
    faults: glanceFaults,
    policy: imagePolicy,
    routes: [
      ...discoveryRoutes(),
      ...imageRoutes(images),
      ...imageActionRoutes(images),
      ...imageDataRoutes(data),
      ...memberRoutes(members),
    ],
    migrations: [createImages],
    reconcilers: [sweepImages(deps)],
  });
  return { service, port: localImagePort(images, data) };
}
