import { createReadStream } from 'node:fs';
import { mkdir, open, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { projectOf, type Ctx } from '#kernel/context.ts';
import { CloudError, conflict, forbidden, notFound } from '#kernel/errors.ts';
import type { OpenStackSession } from '#src/openstack/session.ts';
import type { ImageInfo, ImagePort, ImageVisibility, NewImage } from './port.ts';

export interface RemoteImagePortDeps {
  /** As a user who may act for every project: the `admin` of that OpenStack. */
  readonly session: OpenStackSession;
  /** Where images that are being made are gathered, until Glance gets them whole. */
  readonly directory: string;
}

interface GlanceImage {
  readonly id: string;
  readonly name: string | null;
  readonly status: string;
  readonly container_format: string | null;
  readonly disk_format: string | null;
  readonly size: number | null;
  readonly virtual_size?: number | null;
  readonly os_hash_algo?: string | null;
  readonly os_hash_value?: string | null;
  readonly visibility: ImageVisibility;
  readonly owner: string | null;
  readonly protected: boolean;
  readonly tags: readonly string[];
  readonly min_disk: number;
  readonly min_ram: number;
}

const SERVICE = 'image';
const BASE_FIELDS = new Set([
  'id',
  'name',
  'status',
  'container_format',
  'disk_format',
  'size',
  'virtual_size',
  'checksum',
  'os_hash_algo',
  'os_hash_value',
  'os_hidden',
  'visibility',
  'owner',
  'protected',
  'tags',
  'min_disk',
  'min_ram',
  'created_at',
  'updated_at',
  'self',
  'file',
  'schema',
  'direct_url',
  'locations',
  'stores',
]);

/** Who was offered an image may look at it by its id, whatever was said to the offer; lists have what was accepted. */
const OFFERED = ['pending', 'accepted', 'rejected'];

const imageNotFound = (idOrName: string) => notFound(`No image found with ID ${idOrName}`);

/** The image port against any Glance. Whoever asks sees what a token of their own project would show. */
export class RemoteImagePort implements ImagePort {
  readonly #session: OpenStackSession;
  readonly #directory: string;

  constructor({ session, directory }: RemoteImagePortDeps) {
    this.#session = session;
    this.#directory = directory;
  }

  async get(ctx: Ctx, idOrName: string): Promise<ImageInfo> {
    const image = await this.find(ctx, idOrName);
    if (!image) throw imageNotFound(idOrName);
    return image;
  }

  async find(ctx: Ctx, idOrName: string): Promise<ImageInfo | undefined> {
    const exact = idOrName === '' ? undefined : await this.#byId(idOrName);
    if (exact && (await this.#isVisible(ctx, exact, OFFERED))) return infoOf(exact);
    const [only, other] = await this.#list(ctx, idOrName);
    if (other) throw conflict(`Several images have the name '${idOrName}': please use an id.`);
    return only;
  }

  async search(ctx: Ctx, name: string, exact: boolean): Promise<ImageInfo[]> {
    if (exact) return this.#list(ctx, name);
    return (await this.#list(ctx)).filter((image) => image.name.includes(name));
  }

  async open(ctx: Ctx, id: string): Promise<{ size: number; stream: Readable }> {
    const { size, status } = await this.get(ctx, id);
    if (size === null || status !== 'active') throw conflict(`Image ${id} has no data yet.`);
    const response = await this.#session.open(SERVICE, `/v2/images/${id}/file`, { signal: ctx.signal });
    if (!response.body) throw conflict(`Image ${id} has no data yet.`);
    return { size, stream: Readable.fromWeb(response.body) };
  }

  async create(ctx: Ctx, image: NewImage): Promise<ImageInfo> {
    const known = await this.#byId(image.id);
    if (known && known.owner !== projectOf(ctx)) throw conflict(`There is another image ${image.id}.`);
    if (known) return infoOf(known);
    const body = { ...attributesOf(image), owner: projectOf(ctx) };
    return infoOf((await this.#session.call('POST', SERVICE, '/v2/images', { body })) as GlanceImage);
  }

  async append(ctx: Ctx, id: string, offset: number, bytes: Uint8Array): Promise<{ offset: number }> {
    const { status } = await this.#own(ctx, id);
    if (status !== 'queued' && status !== 'saving') throw conflict(`Image ${id} is ${status}.`);
    await mkdir(this.#directory, { recursive: true });
    await using file = await open(this.#path(id), 'a');
    const { size } = await file.stat();
    if (offset !== size) return { offset: size };
    await file.write(bytes);
    return { offset: size + bytes.length };
  }

  async finish(ctx: Ctx, id: string, size: number): Promise<ImageInfo> {
    const image = await this.#own(ctx, id);
    if (image.status === 'active' && image.size === size) return infoOf(image);
    const there = await stat(this.#path(id)).catch(() => ({ size: 0 }));
    if (there.size !== size) throw conflict(`Of image ${id} there are ${there.size} of ${size} bytes.`);
    await this.#session.upload(SERVICE, `/v2/images/${id}/file`, createReadStream(this.#path(id)));
    await this.#forget(id);
    return this.get(ctx, id);
  }

  async discard(ctx: Ctx, id: string): Promise<void> {
    await this.#own(ctx, id);
    await this.#forget(id);
  }

  async remove(ctx: Ctx, id: string): Promise<void> {
    const image = await this.#own(ctx, id).catch(unlessGone);
    if (image?.protected) await this.#unprotect(id);
    if (image) await this.#session.call('DELETE', SERVICE, `/v2/images/${id}`).catch(unlessGone);
    await this.#forget(id);
  }

  /** The pieces that came. */
  async #forget(id: string): Promise<void> {
    await rm(this.#path(id), { force: true });
  }

  /** Whatever the session may do, an image is changed for its own project alone. */
  async #own(ctx: Ctx, id: string): Promise<GlanceImage> {
    const image = await this.#byId(id);
    if (!image || !(await this.#isVisible(ctx, image, OFFERED))) throw imageNotFound(id);
    if (!ctx.isAdmin && image.owner !== projectOf(ctx))
      throw forbidden(`You are not authorized to change image ${id}.`);
    return image;
  }

  async #unprotect(id: string): Promise<void> {
    const headers = { 'content-type': 'application/openstack-images-v2.1-json-patch' };
    const body = [{ op: 'replace', path: '/protected', value: false }];
    await this.#session.call('PATCH', SERVICE, `/v2/images/${id}`, { headers, body });
  }

  async #byId(id: string): Promise<GlanceImage | undefined> {
    const path = `/v2/images/${encodeURIComponent(id)}`;
    return (await this.#session.call('GET', SERVICE, path).catch(unlessGone)) as GlanceImage | undefined;
  }

  async #list(ctx: Ctx, name?: string): Promise<ImageInfo[]> {
    const query = new URLSearchParams({ limit: '100', ...(name === undefined ? {} : { name }) });
    const found: ImageInfo[] = [];
    let path: string | undefined = `/v2/images?${query.toString()}`;
    while (path !== undefined) {
      const page = (await this.#session.call('GET', SERVICE, path)) as {
        images: GlanceImage[];
        next?: string;
      };
      for (const image of page.images)
        if (await this.#isVisible(ctx, image, ['accepted'])) found.push(infoOf(image));
      path = page.next;
    }
    return found;
  }

  /** Only images that are shared need another call. `memberships`: what the project may have said to one. */
  async #isVisible(ctx: Ctx, image: GlanceImage, memberships: readonly string[]): Promise<boolean> {
    const { id, owner, visibility } = image;
    const project = projectOf(ctx);
    if (ctx.isAdmin || visibility === 'public' || visibility === 'community' || owner === project)
      return true;
    if (visibility !== 'shared' || project === '') return false;
    const path = `/v2/images/${id}/members/${encodeURIComponent(project)}`;
    const member = await this.#session.call('GET', SERVICE, path).catch(unlessGone);
    return memberships.includes((member as { status?: string } | undefined)?.status ?? '');
  }

  #path(id: string): string {
    if (!/^[\w-]+$/.test(id)) throw new Error(`'${id}' cannot be a file name.`);
    return join(this.#directory, id);
  }
}

const infoOf = (image: GlanceImage): ImageInfo => ({
  id: image.id,
  name: image.name ?? '',
  status: image.status,
  containerFormat: image.container_format,
  diskFormat: image.disk_format,
  size: image.size,
  virtualSize: image.virtual_size ?? null,
  hash: image.os_hash_algo === 'sha512' ? (image.os_hash_value ?? null) : null,
  visibility: image.visibility,
  owner: image.owner ?? '',
  protected: image.protected,
  tags: image.tags,
  properties: Object.fromEntries(
    Object.entries(image).filter(
      (entry): entry is [string, string] => !BASE_FIELDS.has(entry[0]) && typeof entry[1] === 'string',
    ),
  ),
  minDisk: image.min_disk,
  minRam: image.min_ram,
});

const attributesOf = (image: NewImage) => ({
  ...image.properties,
  id: image.id,
  name: image.name,
  disk_format: image.diskFormat,
  container_format: image.containerFormat,
  visibility: image.visibility,
  min_disk: image.minDisk,
  protected: image.protected,
});

function unlessGone(thrown: unknown): undefined {
  if (thrown instanceof CloudError && thrown.kind === 'not-found') return undefined;
  throw thrown;
}
