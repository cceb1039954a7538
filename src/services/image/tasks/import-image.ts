import { isoTime } from '#kernel/clock.ts';
import { badRequest, CloudError, messageOf } from '#kernel/errors.ts';
import type { Tx } from '#kernel/db/database.ts';
import type { TaskKind, TaskRun, TaskStep } from '#kernel/tasks/task.ts';
import { imageNotFound, NO_DATA, type Image } from '../model/image.ts';
import type { ImportMethod, ImportRequest } from '../model/task.ts';
import type { ImageDeps } from '../service/deps.ts';
import { download } from '../service/download.ts';
import { Intake, type DataFacts } from '../service/intake.ts';
import { Limits } from '../service/limits.ts';
import type { StagedData } from '../service/staging.ts';
import { imageStore } from '../store/images.ts';
import { taskStore } from '../store/tasks.ts';
import type { ImageTables } from '../tables.ts';

export const IMPORT_IMAGE = 'image.import-image';
export const importTarget = (imageId: string): string => `image:${imageId}`;

export interface ImportInput {
  readonly imageId: string;
  /** Glance's task, in which users see this one. */
  readonly taskId: string;
  readonly request: ImportRequest;
}

type WebDownload = Extract<ImportMethod, { name: 'web-download' }>;
type Run = TaskRun<ImportInput>;
type Step = TaskStep<ImportInput>;

interface Deps extends ImageDeps {
  readonly intake: Intake;
}

/** Which stores took the data, and which did not. */
interface Stored {
  readonly stores: readonly string[];
  readonly failed: readonly string[];
}

const HOURS = 3600;
const REMEMBERED_MS = 48 * HOURS * 1000;
const PROGRESS_MS = 2_000;

/**
 * Data comes to staging, is looked into and turned into the wanted format, and goes to the stores. Whatever fails takes the
 * image back to `queued` with nothing left; an image that had data before (copy-image) keeps it.
 */
export function importImage(imageDeps: ImageDeps): TaskKind<ImportInput> {
  const deps = { ...imageDeps, intake: new Intake(imageDeps) };
  return {
    kind: IMPORT_IMAGE,
    deadline: 6 * HOURS,
    steps: [fetchData(deps), prepare(deps), storeData(deps)],
    finished: (run) => finish(deps, run),
    failed: (run, error) => fail(deps, run, error),
  };
}

const fetchData = (deps: Deps): Step => ({
  name: 'fetch',
  async run(run): Promise<StagedData> {
    const image = await getImage(deps, run);
    await tell(deps, run, 'Receiving the data.');
    const { method } = run.input.request;
    if (method.name === 'web-download') return fetchFromWeb(deps, run, method);
    if (method.name === 'copy-image') return fetchFromStore(deps, run, image);
    return deps.intake.staging.hash(image.id, run.signal);
  },
  undo: ({ input }) => deps.intake.staging.discard(input.imageId),
});

/** Looked into as if nobody had done it before: what is in staging came from a stranger. */
const prepare = (deps: Deps): Step => ({
  name: 'prepare',
  async run(run): Promise<DataFacts> {
    const image = await getImage(deps, run);
    const { diskFormat, virtualSize } = image;
    const facts = { ...(run.outputs['fetch'] as StagedData), diskFormat, virtualSize };
    if (run.input.request.method.name === 'copy-image') return facts;
    await tell(deps, run, 'Looking into the data.');
    // A repeated step may find the disk converted already.
    const converted = await wasConverted(deps, image, facts, run.signal);
    if (converted) return converted;
    const inspected = { ...facts, virtualSize: await deps.intake.inspect(image, run.signal) };
    return (await deps.intake.convert(image, run.signal)) ?? inspected;
  },
});

const storeData = (deps: Deps): Step => ({
  name: 'store',
  async run(run): Promise<Stored> {
    await assertRoom(deps, run);
    const stores: string[] = [];
    const failed: string[] = [];
    for (const id of run.input.request.stores) {
      const image = await getImage(deps, run);
      if (image.status === 'active' && image.stores.includes(id)) continue;
      await tell(deps, run, `Storing the data in '${id}'.`);
      try {
        await deps.intake.store(image.id, id, run.signal);
        stores.push(id);
      } catch (thrown) {
        if (run.signal.aborted || mustSucceed(run.input.request)) throw thrown;
        deps.log.warn({ err: thrown, image: image.id, store: id }, 'a store did not take an image');
        failed.push(id);
      }
      await showProgress(deps, run, { stores, failed });
    }
    if (stores.length === 0 && failed.length > 0)
      throw badRequest(`No store took the data: ${failed.join(', ')}.`);
    return { stores, failed };
  },
  async undo({ input }) {
    const image = await imageStore.find(deps.database.handle<ImageTables>(), input.imageId);
    const keep = image?.status === 'active' ? image.stores : [];
    for (const id of input.request.stores) {
      if (!keep.includes(id)) await deps.intake.stores.get(id).store.remove(input.imageId);
    }
  },
});

/** The size of what arrived is known to the imports beside this one before it is looked at what there is together. */
async function assertRoom(deps: Deps, run: Run): Promise<void> {
  const { size } = run.outputs['prepare'] as DataFacts;
  await changeImage(deps, run, ({ status }) => (status === 'importing' ? { size } : {}));
  const image = await getImage(deps, run);
  if (image.status === 'importing') await new Limits(deps).assertArrived(image.owner);
}

const mustSucceed = ({ stores, allMustSucceed }: ImportRequest): boolean =>
  allMustSucceed || stores.length === 1;

async function fetchFromWeb(deps: Deps, run: Run, { uri, sha512 }: WebDownload): Promise<StagedData> {
  const { imageId } = run.input;
  const maxBytes = await new Limits(deps).room(
    (await getImage(deps, run)).owner,
    'image_size_total',
    deps.maxBytes,
  );
  const source = await download(uri, deps.download, run.signal);
  const expected = Number(source.headers['content-length'] ?? NaN);
  const onProgress = throttled(deps, async (size) => {
    const share = Number.isNaN(expected) ? '' : ` of ${expected}`;
    await tell(deps, run, `Received ${size}${share} bytes.`);
  });
  try {
    if (expected > maxBytes)
      throw new CloudError('too-large', `The image data exceeds the limit of ${maxBytes} bytes.`);
    const options = { maxBytes, signal: run.signal, onProgress };
    const data = await deps.intake.staging.receive(imageId, source, options);
    if (sha512 === undefined || data.sha512 === sha512) return data;
    throw badRequest('The data at the URL does not have the hash that it should.');
  } catch (thrown) {
    if (thrown instanceof CloudError || run.signal.aborted) throw thrown;
    throw badRequest(`The image could not be fetched: ${messageOf(thrown)}.`, { cause: thrown });
  } finally {
    source.destroy();
  }
}

async function fetchFromStore(deps: Deps, { signal }: Run, image: Image): Promise<StagedData> {
  const source = await deps.intake.stores.open(image);
  const { maxBytes } = deps;
  const data = await deps.intake.staging.receive(image.id, source, { maxBytes, signal });
  if (image.sha512 === data.sha512) return data;
  throw new CloudError('internal', `The stored data of image ${image.id} is not what it was when it came.`);
}

/** Whether an earlier run of this step has put the converted disk in the place of the original. */
async function wasConverted(
  deps: Deps,
  image: Image,
  fetched: DataFacts,
  signal: AbortSignal,
): Promise<DataFacts | null> {
  if (deps.conversion === 'none') return null;
  const found = await deps.intake.staging.hash(image.id, signal);
  if (found.sha512 === fetched.sha512) return null;
  const facts = { ...found, diskFormat: deps.conversion };
  return { ...facts, virtualSize: await deps.intake.inspect({ ...image, ...facts }, signal) };
}

async function getImage(deps: Deps, { input }: Run): Promise<Image> {
  const image = await imageStore.find(deps.database.handle<ImageTables>(), input.imageId);
  if (!image) throw imageNotFound(input.imageId);
  return image;
}

/** What users read in the task while it goes on. */
const tell = (deps: Deps, { input }: Run, message: string): Promise<void> =>
  taskStore.update(deps.database.handle<ImageTables>(), input.taskId, {
    status: 'processing',
    message,
    updated_at: isoTime(deps.clock.now()),
  });

/** At most one call at a time, and not more often than anybody reads. */
function throttled(deps: Deps, act: (size: number) => Promise<void>): (size: number) => void {
  let next = 0;
  return (size) => {
    const now = deps.clock.now().getTime();
    if (now < next) return;
    next = now + PROGRESS_MS;
    void act(size).catch((err: unknown) => deps.log.warn({ err }, 'the progress of an import was not told'));
  };
}

/** Changes the image, whatever else of it is changed meanwhile. @returns false when it is gone. */
function changeImage(
  deps: Deps,
  run: Run,
  change: (image: Image) => Partial<Image>,
  also?: (tx: Tx<ImageTables>, image: Image) => Promise<void>,
): Promise<boolean> {
  return deps.database.transaction<ImageTables, boolean>(async (tx) => {
    const image = await imageStore.find(tx, run.input.imageId);
    if (!image) return false;
    const next = { ...image, ...change(image), updatedAt: isoTime(deps.clock.now()) };
    await imageStore.update(tx, next, image.status);
    await also?.(tx, next);
    return true;
  });
}

/** Glance's own properties of an import; only where there is a choice of stores. */
const importProperties = (
  deps: Deps,
  { request }: ImportInput,
  { stores, failed }: Stored,
): Record<string, string> =>
  deps.intake.stores.several
    ? {
        os_glance_importing_to_stores: request.stores
          .filter((id) => !stores.includes(id) && !failed.includes(id))
          .join(','),
        os_glance_failed_import: failed.join(','),
      }
    : {};

async function showProgress(deps: Deps, run: Run, stored: Stored): Promise<void> {
  if (!deps.intake.stores.several) return;
  await changeImage(deps, run, ({ properties }) => ({
    properties: { ...properties, ...importProperties(deps, run.input, stored) },
  }));
}

const ended = (deps: Deps) => {
  const now = deps.clock.now();
  return { updated_at: isoTime(now), expires_at: isoTime(new Date(now.getTime() + REMEMBERED_MS)) };
};

async function finish(deps: Deps, run: Run): Promise<void> {
  const facts = run.outputs['prepare'] as DataFacts;
  const stored = run.outputs['store'] as Stored;
  const { imageId, request, taskId } = run.input;
  const done = await changeImage(
    deps,
    run,
    (image) => ({
      ...(image.status === 'importing' ? { ...facts, status: 'active' } : {}),
      stores: [...new Set([...image.stores, ...stored.stores])],
      properties: {
        ...image.properties,
        ...importProperties(deps, run.input, { ...stored, stores: request.stores }),
      },
    }),
    (tx) => taskStore.update(tx, taskId, { status: 'success', message: '', ...ended(deps) }),
  );
  if (!done) return fail(deps, run, imageNotFound(imageId));
  await deps.intake.staging.discard(imageId);
}

async function fail(deps: Deps, run: Run, error: Error): Promise<void> {
  const { imageId, request, taskId } = run.input;
  const message = CloudError.from(error).message;
  const failed = { stores: [], failed: request.stores };
  const there = await changeImage(deps, run, ({ status, properties }) => ({
    ...(status === 'importing' ? NO_DATA : {}),
    properties: { ...properties, ...importProperties(deps, run.input, failed) },
  }));
  if (!there) await deps.intake.removeAll(imageId);
  await taskStore.update(deps.database.handle<ImageTables>(), taskId, {
    status: 'failure',
    message,
    ...ended(deps),
  });
}
