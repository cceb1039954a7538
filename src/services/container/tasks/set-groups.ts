import { systemCtx, type Ctx } from '#kernel/context.ts';
import type { TaskKind, TaskStep } from '#kernel/tasks/task.ts';
import { withGroups, type GroupChange } from '../model/plugging.ts';
import { changeContainer } from '../service/changes.ts';
import type { TaskDeps } from '../service/deps.ts';
import { endPlugging, type PluggingInput } from './end-plugging.ts';

export const SET_GROUPS = 'container.set-groups';

interface Input extends PluggingInput {
  readonly changes: readonly GroupChange[];
}

type Step = TaskStep<Input>;
type Wanted = ReadonlyMap<string, readonly string[]>;

/** The security groups of a container's ports, which their node has in force at once. */
export const setGroups = (deps: TaskDeps): TaskKind<Input> => ({
  kind: SET_GROUPS,
  deadline: 300,
  steps: [changePorts(deps), recordGroups(deps)],
  finished: (run) => endPlugging(deps, run, { what: 'security_groups_changed' }),
  failed: (run, error) =>
    endPlugging(deps, run, { what: 'security_groups_not_changed', error: error.message }),
});

const changePorts = (deps: TaskDeps): Step => ({
  name: 'change-ports',
  run: ({ ctx, input }) => apply(deps, ctx, afterwards(input)),
  undo: ({ ctx, input }) => apply(deps, systemCtx(ctx.requestId, deps), before(input)),
});

const recordGroups = (deps: TaskDeps): Step => ({
  name: 'record-groups',
  run: ({ input }) => record(deps, input, afterwards(input)),
  undo: ({ input }) => record(deps, input, before(input)),
});

async function apply({ networks }: TaskDeps, ctx: Ctx, wanted: Wanted): Promise<void> {
  for (const [port, groups] of wanted) await networks.setSecurityGroups(ctx, [port], groups);
}

async function record(deps: TaskDeps, { id }: Input, wanted: Wanted): Promise<void> {
  await changeContainer(deps, id, (container) => withGroups(container, wanted));
}

const afterwards = ({ changes }: Input): Wanted =>
  new Map(changes.map(({ portId, after }) => [portId, after]));
const before = ({ changes }: Input): Wanted =>
  new Map(changes.map((change) => [change.portId, change.before]));
