import { isoTime } from '#kernel/clock.ts';
import { projectOf, storeCtx, type Ctx } from '#kernel/context.ts';
import type { Db, Tx } from '#kernel/db/database.ts';
import { badRequest, conflict } from '#kernel/errors.ts';
import { newUuid } from '#kernel/ids.ts';
import type { Page, PageRequest } from '#kernel/paging.ts';
import type { TaskRunner } from '#kernel/tasks/runner.ts';
import { assertCan, assertDeletable, assertFormats, assertStaged, type Image } from '../model/image.ts';
import { taskNotFound, type ImageTask, type ImportRequest } from '../model/task.ts';
import { imageStore } from '../store/images.ts';
import { taskStore, type TaskFilter } from '../store/tasks.ts';
import type { ImageTables } from '../tables.ts';
import { IMPORT_IMAGE, importTarget, type ImportInput } from '../tasks/import-image.ts';
import type { ImageDeps } from './deps.ts';
import { checkUrl } from './download.ts';
import type { ImageService } from './images.ts';
import { Intake } from './intake.ts';
import { Limits } from './limits.ts';

export interface ImportDeps extends ImageDeps {
  readonly images: ImageService;
  readonly tasks: Pick<TaskRunner, 'start' | 'nudge' | 'cancel'>;
}

/** An import as it was asked for, and the body that asked. */
export interface AskedImport {
  readonly request: ImportRequest;
  readonly input: Readonly<Record<string, unknown>>;
  readonly type?: ImageTask['type'];
}

/** Use-cases on imports, and the end of an image, which ends its import. */
export class ImportService {
  readonly #deps: ImportDeps;
  readonly #intake: Intake;

  constructor(deps: ImportDeps) {
    this.#deps = deps;
    this.#intake = new Intake(deps);
  }

  /** Begins an import; its task tells how it goes on. */
  async start(ctx: Ctx, imageId: string, asked: AskedImport): Promise<ImageTask> {
    const { request } = asked;
    const copies = request.method.name === 'copy-image';
    const image = await this.#deps.images.getFor(ctx, imageId, copies ? 'copy_image' : 'upload_image');
    this.#assertPossible(image, request);
    await new Limits(this.#deps).assert(image.owner, { image_size_total: 0, image_count_uploading: 0 });
    const task = this.#newTask(ctx, image, asked);
    await this.#deps.database.transaction<ImageTables, void>((tx) =>
      this.#write(tx, { ctx, image, task, request }),
    );
    this.#deps.tasks.nudge();
    return task;
  }

  /** Takes the row first and the bytes after, and stops what is under way. */
  async deleteImage(ctx: Ctx, id: string): Promise<void> {
    const image = await this.#deps.images.getFor(ctx, id, 'delete_image');
    assertDeletable(image);
    await imageStore.delete(this.#db, image.id);
    await this.#deps.tasks.cancel(importTarget(image.id), 'The image was deleted.');
    await this.#intake.removeAll(image.id);
  }

  /** Takes the data out of one of several stores. */
  async removeFromStore(ctx: Ctx, storeId: string, imageId: string): Promise<void> {
    const image = await this.#deps.images.getFor(ctx, imageId, 'delete_image_location');
    assertDeletable(image);
    if (image.status !== 'active')
      throw conflict(`Image ${imageId} is in status '${image.status}', not active.`);
    this.#intake.stores.assertRemovable(image, storeId);
    const stores = image.stores.filter((id) => id !== storeId);
    await this.#deps.images.change(image, { stores });
    await this.#intake.stores.get(storeId).store.remove(imageId);
  }

  async tasksOf(ctx: Ctx, imageId: string): Promise<ImageTask[]> {
    const image = await this.#deps.images.getFor(ctx, imageId, 'get_image_tasks');
    return taskStore.ofImage(this.#db, image.id);
  }

  list(filter: TaskFilter, page: PageRequest): Promise<Page<ImageTask>> {
    return taskStore.list(this.#db, filter, page);
  }

  async get(id: string): Promise<ImageTask> {
    const task = await taskStore.find(this.#db, id);
    if (!task) throw taskNotFound(id);
    return task;
  }

  #assertPossible(image: Image, { method, stores }: ImportRequest): void {
    if (method.name === 'copy-image') {
      if (!this.#intake.stores.several) throw badRequest('There is one store only: nothing can be copied.');
      assertCan(image, 'copy');
      return;
    }
    if (method.name === 'glance-direct') assertStaged(image);
    else assertCan(image, 'import data into');
    assertFormats(image);
    if (method.name === 'web-download') checkUrl(method.uri, this.#deps.download);
    if (stores.length === 0) throw badRequest('An import needs a store.');
  }

  #newTask(ctx: Ctx, image: Image, { input, type = 'api_image_import' }: AskedImport): ImageTask {
    const now = isoTime(this.#deps.clock.now());
    return {
      id: newUuid(),
      type,
      status: 'pending',
      imageId: image.id,
      owner: ctx.isAdmin && !ctx.project ? image.owner : projectOf(ctx),
      userId: ctx.user.id,
      requestId: ctx.requestId,
      input,
      message: '',
      createdAt: now,
      updatedAt: now,
      expiresAt: null,
    };
  }

  /** The intent, and the work that serves it. */
  async #write(tx: Tx<ImageTables>, { ctx, image, task, request }: WrittenImport): Promise<void> {
    const several = this.#intake.stores.several
      ? { os_glance_importing_to_stores: request.stores.join(','), os_glance_failed_import: '' }
      : {};
    const importing = {
      ...image,
      status: image.status === 'active' ? image.status : ('importing' as const),
      properties: { ...image.properties, ...several },
    };
    if (!(await imageStore.update(tx, importing, image.status)))
      throw conflict(`Image ${image.id} was changed by another request; try again.`);
    await taskStore.insert(tx, task);
    const input: ImportInput = { imageId: image.id, taskId: task.id, request };
    await this.#deps.tasks.start(tx, {
      kind: IMPORT_IMAGE,
      target: importTarget(image.id),
      projectId: image.owner,
      ctx: storeCtx(ctx),
      input,
      whenBusy: 'refuse',
    });
  }

  get #db(): Db<ImageTables> {
    return this.#deps.database.handle();
  }
}

interface WrittenImport {
  readonly ctx: Ctx;
  readonly image: Image;
  readonly task: ImageTask;
  readonly request: ImportRequest;
}
