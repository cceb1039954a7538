import { Readable } from 'node:stream';
import type { Static } from 'typebox';
import { Reply, type Route } from '#kernel/http/route.ts';
import { parseSince } from '../model/log-query.ts';
import { signalName } from '../model/signal.ts';
import { Execute, Kill, Logs, LogStream, NoParameters, Top } from '../schema/actions.ts';
import { flagOf } from '../schema/common.ts';
import type { ContainerInspection } from '../service/inspection.ts';
import type { Consoles } from '../service/consoles.ts';
import { executeView, logEventsView, logsView, offerView, statsView, topView } from '../view/inspection.ts';
import { actionRoute } from './action-route.ts';

export const inspectionRoutes = (inspection: ContainerInspection, consoles: Consoles): Route[] => [
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
    async handle({ ctx, params, base }, { command, run, interactive, tty }) {
      if (flagOf(interactive) || !flagOf(run ?? true))
        return offerView(
          base,
          await consoles.offerCommand(ctx, params.container, { line: command, tty: flagOf(tty ?? true) }),
        );
      return executeView(await inspection.execute(ctx, params.container, command));
    },
  }),
  actionRoute({
    method: 'GET',
    verb: 'logs',
    summary: 'Read what a container wrote.',
    status: 200,
    parameters: Logs,
    async handle({ ctx, params }, parameters) {
      const lines = await inspection.logs(ctx, params.container, logQuery(parameters));
      return streamed(logsView(lines, flagOf(parameters.timestamps)), 'application/json');
    },
  }),
  actionRoute({
    method: 'GET',
    verb: 'logs/stream',
    rule: 'container:logs',
    summary: 'Follow what a container writes, as a stream of server-sent events.',
    status: 200,
    parameters: LogStream,
    async handle({ ctx, params }, { grep, ...parameters }) {
      const query = { ...logQuery(parameters), follow: true };
      return streamed(
        logEventsView(await inspection.logs(ctx, params.container, query), grep),
        'text/event-stream',
      );
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

const logQuery = ({ stdout, stderr, tail, since }: Static<typeof Logs>) => ({
  stdout: flagOf(stdout ?? true),
  stderr: flagOf(stderr ?? true),
  tail: tail === undefined || tail === 'all' ? null : Number(tail),
  since: parseSince(since),
});

/** Its first piece is awaited, so that what fails before it has a status of its own. */
async function streamed(pieces: AsyncGenerator<string>, type: string): Promise<Reply> {
  const first = await pieces.next();
  async function* all() {
    if (!first.done) yield first.value;
    yield* pieces;
  }
  return new Reply(Readable.from(all(), { objectMode: false }), {
    headers: { 'content-type': type, 'cache-control': 'no-store', 'x-accel-buffering': 'no' },
  });
}
