import { badRequest, conflict, notFound, type CloudError } from '#kernel/errors.ts';
import type { ContainerImage, ImageReport } from '#node/protocol.ts';

/** An image that an operator has pulled to a node, so that it lies there before any container needs it. */
export interface HostImage {
  readonly id: string;
  readonly projectId: string;
  readonly userId: string;
  /** Hostname of the node. */
  readonly host: string;
  readonly repo: string;
  /** Or the digest that was named instead. */
  readonly tag: string;
  readonly driver: string | null;
  readonly pullPolicy: string | null;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly status: 'Pulling' | 'Pulled' | 'Error';
  /** How far it is, or why it failed. */
  readonly reason: string | null;
  /** What its node is to have; null = it is not to have it. */
  readonly image: ContainerImage | null;
  /** Once it is there: id in the image service, or the digest. */
  readonly imageId: string | null;
  /** Bytes, where they are known. */
  readonly size: number | null;
}

const TAG = /^\w[\w.-]{0,127}$/;
const isDigest = (tag: string): boolean => tag.startsWith('sha256:');

/**
 * `[registry/]repo[:tag]`, as people write it.
 * @param tag where the name has none; default `latest`
 * @throws CloudError `bad-request`
 */
export function readImageName(name: string, tag = 'latest'): Pick<HostImage, 'repo' | 'tag'> {
  const at = name.indexOf('@');
  const colon = name.lastIndexOf(':');
  const cut = at >= 0 ? at : colon > name.lastIndexOf('/') ? colon : name.length;
  const read = { repo: name.slice(0, cut), tag: name.slice(cut + 1) || tag };
  if (read.repo !== '' && (TAG.test(read.tag) || isDigest(read.tag))) return read;
  throw badRequest(`Invalid input for field repo: ${JSON.stringify(name)} is no name of an image.`);
}

export const imageNameOf = ({ repo, tag }: Pick<HostImage, 'repo' | 'tag'>): string =>
  `${repo}${isDigest(tag) ? '@' : ':'}${tag}`;

/** @returns the same object when the report says nothing new. */
export function applyImageReport(image: HostImage, report: ImageReport): HostImage {
  if (image.status !== 'Pulling' || image.image === null) return image;
  const { status, reason, digest } = report;
  if (status === 'error') return { ...image, status: 'Error', reason };
  if (status === 'working') return reason === image.reason ? image : { ...image, reason };
  const imageId = 'id' in image.image ? image.image.id : digest;
  return { ...image, status: 'Pulled', reason: null, imageId };
}

export const hostImageTarget = (id: string): string => `container-image:${id}`;

export const hostImageNotFound = (id: string): CloudError => notFound(`Image ${id} could not be found.`);

export const hostImageExists = ({ repo, tag, host }: HostImage): CloudError =>
  conflict(`An image with tag ${tag} and repo ${repo} already exists on host ${host}.`, {
    code: 'image-already-exists',
  });
