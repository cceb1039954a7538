import type { NewEvent } from '#kernel/events/event.ts';
import { imageNameOf, type HostImage } from '../model/host-image.ts';

/** What happened to an image of a node, for the event log. */
export const hostImageEvent = (image: HostImage, what: string): NewEvent => ({
  projectId: image.projectId,
  service: 'container',
  type: `container.image.${what}`,
  resource: image.id,
  payload: { name: imageNameOf(image), host: image.host, reason: image.reason },
});
