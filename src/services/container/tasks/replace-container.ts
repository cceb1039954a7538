import { isoTime } from '#kernel/clock.ts';
import { CloudError } from '#kernel/errors.ts';
import { park, type TaskKind, type TaskStep } from '#kernel/tasks/task.ts';
import { withoutReturn, withReturn } from '../model/power.ts';
import { answers } from '../model/report.ts';
import { verdictOn } from '../model/verdict.ts';
import { changeContainer, containerEvent } from '../service/changes.ts';
import type { TaskDeps } from '../service/deps.ts';
import { sendToNode } from '../service/send-to-node.ts';
import { actionStore } from '../store/actions.ts';
import { getContainer, putOnNode } from './rebuild-container.ts';

export const REPLACE_CONTAINER = 'container.replace-container';

interface Input {
  readonly id: string;
  readonly readySeconds: number;
}

type Step = TaskStep<Input>;

/**
 * A rebuild with a way back: the node keeps the old one, stopped, until the new one is well. If it is not, or anything fails on the way,
 * the old one comes back. What is to be is in the row already; the node's report that answers the last word ends the rebuild.
 */
export const replaceContainer = (deps: TaskDeps): TaskKind<Input> => ({
  kind: REPLACE_CONTAINER,
  deadline: 4800,
  steps: [putOnNode(deps), awaitNode(deps), judge(deps), letOldGo(deps)],
  failed: ({ input }, error) => goBack(deps, input.id, error),
});

/** @returns since when it is there, by our own clock */
const awaitNode = (deps: TaskDeps): Step => ({
  name: 'await-node',
  async run({ input }) {
    const container = await getContainer(deps, input.id);
    const { observed, host } = container;
    if (!observed || !answers(container, observed))
      return park(null, `node ${host} to rebuild the container`);
    return { since: deps.clock.now().getTime() };
  },
});

const judge = (deps: TaskDeps): Step => ({
  name: 'judge',
  async run({ input, outputs }) {
    const { since } = outputs['await-node'] as { since: number };
    const now = deps.clock.now().getTime();
    const container = await getContainer(deps, input.id);
    const verdict = verdictOn(container, { since, now, readySeconds: input.readySeconds });
    if (verdict.is === 'bad') throw new CloudError('internal', verdict.why);
    if (verdict.is === 'good') return undefined;
    return park(isoTime(new Date(verdict.until)), 'the new container to be well');
  },
});

const letOldGo = (deps: TaskDeps): Step => ({
  name: 'let-old-go',
  async run(run) {
    await changeContainer(deps, run.input.id, (container) =>
      container.settings.wayBack && container.status !== 'Deleting' ? withoutReturn(container) : container,
    );
    return putOnNode(deps).run(run);
  },
});

async function goBack(deps: TaskDeps, id: string, error: Error): Promise<void> {
  const at = isoTime(deps.clock.now());
  const after = await changeContainer(
    deps,
    id,
    (container) => (container.status === 'Deleting' ? container : withReturn(container, error.message)),
    async (tx, container) => {
      await actionStore.finish(tx, [id], { at, error: error.message });
      await deps.events.append(tx, containerEvent(container, 'rebuild-taken-back'));
    },
  );
  deps.events.publish();
  if (after) await sendToNode(deps, after);
}
