import { badRequest } from '#kernel/errors.ts';
import type { Route } from '#kernel/http/route.ts';
import { parseSince } from '../model/log-query.ts';
import { signalName } from '../model/signal.ts';
import { Execute, Kill, Logs, NoParameters, Top } from '../schema/actions.ts';
import { flagOf } from '../schema/common.ts';
import type { ContainerInspection } from '../service/inspection.ts';
import { executeView, logsView, statsView, topView } from '../view/inspection.ts';
import { actionRoute } from './action-route.ts';

export const inspectionRoutes = (inspection: ContainerInspection): Route[] => [
  actionRoute({
    verb: 'kill',
    summary: 'Send a signal to a container.',
    parameters: Kill,
    handle: ({ ctx, params }, { signal }) => inspection.kill(ctx, params.container, signalName(signal)),
  }),
  actionRoute({
    verb: 'execute',
    summary: 'Run a command in a container.',
    status: 200,
    parameters: Execute,
    async handle({ ctx, params }, { command, run, interactive }) {
      if (flagOf(interactive) || !flagOf(run ?? true))
        throw badRequest('This cloud does not support interactive commands in containers.');
      return executeView(await inspection.execute(ctx, params.container, command));
    },
  }),
  actionRoute({
    method: 'GET',
    verb: 'logs',
    summary: 'Read what a container wrote.',
    status: 200,
    parameters: Logs,
    async handle({ ctx, params }, { stdout, stderr, timestamps, tail, since }) {
      const query = {
        stdout: flagOf(stdout ?? true),
        stderr: flagOf(stderr ?? true),
        tail: tail === undefined || tail === 'all' ? null : Number(tail),
        since: parseSince(since),
      };
      return logsView(await inspection.logs(ctx, params.container, query), flagOf(timestamps));
    },
  }),
  actionRoute({
    method: 'GET',
    verb: 'top',
    summary: 'List the processes of a container.',
    status: 200,
    parameters: Top,
    async handle({ ctx, params }, { ps_args }) {
      const psArgs = ps_args === undefined || ps_args === 'None' ? null : ps_args;
      return topView(await inspection.top(ctx, params.container, psArgs));
    },
  }),
  actionRoute({
    method: 'GET',
    verb: 'stats',
    summary: 'See what a container uses.',
    status: 200,
    parameters: NoParameters,
    async handle({ ctx, params }) {
      const { container, stats } = await inspection.stats(ctx, params.container);
      return statsView(container, stats);
    },
  }),
];
