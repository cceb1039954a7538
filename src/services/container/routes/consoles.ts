import type { Route } from '#kernel/http/route.ts';
import type { SocketRoute } from '#kernel/http/socket.ts';
import { ExecuteResize, NoParameters, Resize } from '../schema/actions.ts';
import type { Consoles } from '../service/consoles.ts';
import { consoleUrl } from '../view/inspection.ts';
import { actionRoute } from './action-route.ts';

export const consoleRoutes = (consoles: Consoles): Route[] => [
  actionRoute({
    method: 'GET',
    verb: 'attach',
    summary: 'Get the URL of a WebSocket to a container.',
    status: 200,
    parameters: NoParameters,
    handle: async ({ ctx, params, base }) =>
      consoleUrl(base, await consoles.offerContainer(ctx, params.container)),
  }),
  actionRoute({
    verb: 'resize',
    name: 'resize-container-terminal',
    summary: 'Resize the terminal of a container.',
    status: 200,
    parameters: Resize,
    handle: ({ ctx, params }, { h, w }) =>
      consoles.resizeContainer(ctx, params.container, { rows: h, columns: w }),
  }),
  actionRoute({
    verb: 'execute_resize',
    summary: 'Resize the terminal of a command in a container.',
    status: 200,
    parameters: ExecuteResize,
    handle: ({ ctx, params }, { exec_id, h, w }) =>
      consoles.resizeCommand(ctx, params.container, { execId: exec_id, size: { rows: h, columns: w } }),
  }),
];

export const consoleSockets = (consoles: Consoles, origins: readonly string[]): SocketRoute[] => [
  {
    url: '/v1/consoles',
    name: 'open-console',
    origins,
    open: (query) => consoles.open(query.get('token') ?? '', query.get('uuid') ?? '', query.get('exec_id')),
  },
];
