import { notFound, badRequest } from '#kernel/errors.ts';
import { Reply, route, type Route } from '#kernel/http/route.ts';
import { parseSort, type PageRequest } from '#kernel/paging.ts';
import { CreateTask, ImportImage, ListTasks, parseMethod, TaskParams } from '../schema/import.ts';
import { ImageParams, StoreImageParams } from '../schema/image.ts';
import { nextQuery } from '../schema/list-query.ts';
import type { ImageService } from '../service/images.ts';
import type { ImportService } from '../service/imports.ts';
import type { Stores } from '../service/stores.ts';
import { TASK_SORT_COLUMNS } from '../store/tasks.ts';
import { taskListView, taskView } from '../view/task.ts';

interface Deps {
  readonly images: ImageService;
  readonly imports: ImportService;
  readonly stores: Stores;
}

const PAGE = { default: 25, max: 1000 };

export const importRoutes = ({ images, imports, stores }: Deps): Route[] => [
  route({
    method: 'POST',
    url: '/v2/images/:image_id/import',
    name: 'import-image',
    summary: 'Make an image of staged data, of what is at a URL, or copy it to other stores.',
    access: { rule: 'get_images' },
    params: ImageParams,
    body: ImportImage,
    status: 202,
    async handle({ ctx, params, body, headers }) {
      const image = await images.get(ctx, params.image_id);
      const named = headers['x-image-meta-store'];
      const asked = typeof named === 'string' && !body.stores ? { ...body, stores: [named] } : body;
      const request = {
        method: parseMethod(body.method),
        stores: stores.choose(asked),
        allMustSucceed: body.all_stores_must_succeed ?? true,
      };
      const input = { image_id: image.id, import_req: body };
      const task = await imports.start(ctx, image.id, { request, input });
      return new Reply(undefined, { headers: { 'openstack-image-import-task': task.id } });
    },
  }),
  route({
    method: 'GET',
    url: '/v2/images/:image_id/tasks',
    name: 'list-image-tasks',
    summary: 'The imports of an image.',
    access: { rule: 'get_images' },
    params: ImageParams,
    status: 200,
    handle: async ({ ctx, params }) => ({
      tasks: (await imports.tasksOf(ctx, params.image_id)).map(taskView),
    }),
  }),
  route({
    method: 'DELETE',
    url: '/v2/stores/:store/:image_id',
    name: 'delete-image-from-store',
    summary: 'Take the data of an image out of one of several stores.',
    access: { rule: 'get_images' },
    params: StoreImageParams,
    status: 204,
    async handle({ ctx, params }) {
      if (!stores.several) throw notFound('Multi backend is not supported at this site.');
      await imports.removeFromStore(ctx, params.store, params.image_id);
    },
  }),
  ...taskRoutes({ images, imports, stores }),
];

const taskRoutes = ({ images, imports, stores }: Deps): Route[] => [
  route({
    method: 'GET',
    url: '/v2/tasks',
    name: 'list-tasks',
    summary: 'List the imports of everybody.',
    access: { rule: 'tasks_api_access' },
    query: ListTasks,
    status: 200,
    async handle({ query }) {
      const page: PageRequest = {
        limit: Math.min(query.limit ?? PAGE.default, PAGE.max),
        marker: query.marker ?? null,
        sort: parseSort(
          [{ key: query.sort_key ?? 'created_at', direction: query.sort_dir ?? 'desc' }],
          TASK_SORT_COLUMNS,
        ),
      };
      const { items, next } = page.limit === 0 ? { items: [], next: null } : await imports.list(query, page);
      return taskListView(items, nextQuery(query, null), next && nextQuery(query, next));
    },
  }),
  route({
    method: 'POST',
    url: '/v2/tasks',
    name: 'create-task',
    summary: 'Make an image of what is at a URL (legacy).',
    access: { rule: 'tasks_api_access' },
    body: CreateTask,
    status: 201,
    async handle({ ctx, body, base }) {
      if (body.type !== 'import')
        throw badRequest(`Task type '${body.type}' is not supported; use 'import'.`);
      const { import_from: uri, image_properties } = body.input;
      const image = await images.create(ctx, image_properties);
      const request = {
        method: { name: 'web-download', uri },
        stores: stores.choose({}),
        allMustSucceed: true,
      } as const;
      try {
        const task = await imports.start(ctx, image.id, { request, input: body.input, type: 'import' });
        return new Reply(taskView(task), { headers: { location: `${base}/v2/tasks/${task.id}` } });
      } catch (thrown) {
        await imports.deleteImage(ctx, image.id);
        throw thrown;
      }
    },
  }),
  route({
    method: 'GET',
    url: '/v2/tasks/:task_id',
    name: 'get-task',
    summary: 'Show an import.',
    access: { rule: 'tasks_api_access' },
    params: TaskParams,
    status: 200,
    handle: async ({ params }) => taskView(await imports.get(params.task_id)),
  }),
];
