import { isoTime } from '#kernel/clock.ts';
import type { DesiredObject, ImageReport, ObjectKey, Report } from '#node/protocol.ts';
import type { DesiredSource } from '#services/placement/port.ts';
import { applyImageReport, hostImageTarget, type HostImage } from '../model/host-image.ts';
import { hostImageStore } from '../store/images.ts';
import type { ContainerTables } from '../tables.ts';
import type { ContainerDeps } from './deps.ts';
import { hostImageEvent } from './host-image-changes.ts';

/** The images that each node should have, and what its reports make of them. */
export class DesiredImages implements DesiredSource {
  readonly kinds = ['image'] as const;
  readonly #deps: Pick<ContainerDeps, 'database' | 'clock' | 'events' | 'tasks'>;

  constructor(deps: Pick<ContainerDeps, 'database' | 'clock' | 'events' | 'tasks'>) {
    this.#deps = deps;
  }

  async list(host: string): Promise<DesiredObject[]> {
    const images = await hostImageStore.listOnHost(this.#deps.database.handle<ContainerTables>(), host);
    return images.flatMap(({ id, image }) =>
      image ? { kind: 'image', id, generation: 1, spec: { image } } : [],
    );
  }

  /** What is not there any more needs no care: the full sync has it pulled again. */
  async observed(host: string, reports: readonly Report[], _gone: readonly ObjectKey[]): Promise<void> {
    const seen = new Map(reports.filter(isOfImage).map((report) => [report.id, report]));
    if (seen.size === 0) return;
    const { database, tasks, events } = this.#deps;
    const settled = await database.transaction<ContainerTables, HostImage[]>(async (tx) => {
      const at = isoTime(this.#deps.clock.now());
      const ended: HostImage[] = [];
      for (const before of await hostImageStore.findMany(tx, [...seen.keys()])) {
        const report = seen.get(before.id);
        const after = report && before.host === host ? applyImageReport(before, report) : before;
        if (after === before || !(await hostImageStore.replace(tx, before, { ...after, updatedAt: at })))
          continue;
        if (after.status !== 'Pulling') ended.push(after);
        if (after.status === 'Pulled') await events.append(tx, hostImageEvent(after, 'pulled'));
      }
      return ended;
    });
    if (settled.length > 0) events.publish();
    for (const { id } of settled) await tasks.wake(hostImageTarget(id));
  }
}

const isOfImage = (report: Report): report is ImageReport => report.kind === 'image';
