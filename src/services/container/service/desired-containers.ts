import { isoTime } from '#kernel/clock.ts';
import { storeCtx, systemCtx } from '#kernel/context.ts';
import type { Tx } from '#kernel/db/database.ts';
import { newRequestId } from '#kernel/ids.ts';
import type { ContainerReport, DesiredObject, ObjectKey, Report } from '#node/protocol.ts';
import type { DesiredSource } from '#services/placement/port.ts';
import { capsuleTarget } from '../model/capsule.ts';
import { containerTarget, type Container } from '../model/container.ts';
import { applyAbsence, applyReport, isSpent, isWaiting } from '../model/report.ts';
import { toDesired } from '../model/spec.ts';
import { actionStore } from '../store/actions.ts';
import { containerStore } from '../store/containers.ts';
import type { ContainerTables } from '../tables.ts';
import { containerEvent } from './changes.ts';
import { startDeletion, withDeletion } from './deletion.ts';
import type { ContainerDeps } from './deps.ts';

interface Change {
  readonly before: Container;
  readonly after: Container;
}

/** The containers each node should have, and what its reports make of them. */
export class DesiredContainers implements DesiredSource {
  readonly kinds = ['container'] as const;
  readonly #deps: ContainerDeps;

  constructor(deps: ContainerDeps) {
    this.#deps = deps;
  }

  async list(host: string): Promise<DesiredObject[]> {
    const containers = await containerStore.listOnHost(this.#deps.database.handle(), host);
    return containers.flatMap((container) => toDesired(container, this.#deps.defaultRuntime) ?? []);
  }

  async observed(
    host: string,
    reports: readonly Report[],
    gone: readonly ObjectKey[],
    whole: boolean,
  ): Promise<void> {
    const seen = new Map(reports.filter(isOfContainer).map((report) => [report.id, report]));
    const lost = new Set(gone.filter(({ kind }) => kind === 'container').map(({ id }) => id));
    const { database } = this.#deps;
    const changes = await database.transaction<ContainerTables, Change[]>(async (tx) => {
      const known = whole
        ? await containerStore.listOnHost(tx, host)
        : await containerStore.findMany(tx, [...seen.keys(), ...lost]);
      const changes = known
        .filter((container) => container.host === host)
        .map((before) => ({ before, after: concludeOne(before, seen.get(before.id), whole || lost) }))
        .filter(({ before, after }) => before !== after);
      await this.#write(tx, changes);
      return changes;
    });
    await this.#tell(changes);
  }

  async #write(tx: Tx<ContainerTables>, changes: readonly Change[]): Promise<void> {
    const at = isoTime(this.#deps.clock.now());
    const spent: Container[] = [];
    for (const { before, after } of changes) {
      const next = isSpent(after) ? withDeletion(after, false) : after;
      const written = await containerStore.replace(tx, before, { ...next, updatedAt: at });
      if (written && next !== after) spent.push(next);
    }
    await this.#finishActions(tx, changes, at);
    for (const container of spent) await this.#startRemoval(tx, container);
    for (const change of changes)
      for (const what of whatHappened(change))
        await this.#deps.events.append(tx, containerEvent(change.after, what));
  }

  /** What was asked of these containers has come to its end, well or not. */
  async #finishActions(tx: Tx<ContainerTables>, changes: readonly Change[], at: string): Promise<void> {
    const settled = changes
      .filter(({ before, after }) => isWaiting(before) && !isWaiting(after))
      .map(({ after }) => after);
    const well = settled.filter((container) => container.status !== 'Error');
    await actionStore.finish(
      tx,
      well.map(({ id }) => id),
      { at, error: null },
    );
    for (const { id, status, statusReason } of settled)
      if (status === 'Error') await actionStore.finish(tx, [id], { at, error: statusReason ?? 'Error' });
  }

  /** The user asked for this when creating it: the cloud does it in its own name. */
  #startRemoval(tx: Tx<ContainerTables>, container: Container): Promise<string> {
    const ctx = storeCtx(systemCtx(newRequestId(), this.#deps));
    return startDeletion(this.#deps, tx, container, { ctx, stop: false });
  }

  async #tell(changes: readonly Change[]): Promise<void> {
    const { tasks, events } = this.#deps;
    if (changes.length === 0) return;
    events.publish();
    tasks.nudge();
    for (const target of new Set(changes.flatMap(({ before }) => waiting(before)))) await tasks.wake(target);
  }
}

/** In words of events: another status, and an end for want of memory, also of one that is started again at once. */
function whatHappened({ before, after }: Change): string[] {
  const ranOut = after.observed?.oomKilled === true && !isSameEnd(before, after);
  const health = after.observed?.health?.status ?? null;
  const hasTurned = health !== null && health !== before.observed?.health?.status;
  return [
    ...(ranOut ? ['oom'] : []),
    ...(hasTurned ? [health] : []),
    ...(before.status === after.status ? [] : [after.status.toLowerCase()]),
  ];
}

const isSameEnd = (before: Container, after: Container): boolean =>
  before.observed?.oomKilled === true && before.observed.finishedAt === after.observed?.finishedAt;

/** Whose task may wait for news of this container. */
function waiting(container: Container): string[] {
  const { member } = container.settings;
  if (member) return [capsuleTarget(member.capsuleId)];
  return isWaiting(container) ? [containerTarget(container.id)] : [];
}

const isOfContainer = (report: Report): report is ContainerReport => report.kind === 'container';

/** `absent`: which of those without a report the node has not; true = all. */
function concludeOne(
  container: Container,
  report: ContainerReport | undefined,
  absent: true | ReadonlySet<string> | false,
): Container {
  if (report) return applyReport(container, report);
  const isAbsent = absent === true || (absent !== false && absent.has(container.id));
  return isAbsent ? applyAbsence(container) : container;
}
