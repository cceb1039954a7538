import { isoTime } from '#kernel/clock.ts';
import { projectOf, storeCtx, type Ctx } from '#kernel/context.ts';
import type { Db } from '#kernel/db/database.ts';
import { conflict, forbidden, notFound } from '#kernel/errors.ts';
import { isUuid, newUuid } from '#kernel/ids.ts';
import type { Alarm, AlarmChange, AlarmDraft, AlarmState } from '../model/alarm.ts';
import { alarmStore, type Page } from '../store/alarms.ts';
import { historyStore } from '../store/history.ts';
import { settingsStore } from '../store/settings.ts';
import type { AlarmTables } from '../tables.ts';
import type { AlarmDeps } from './deps.ts';
import { followIn } from './transitions.ts';

interface Listing {
  readonly page: Page;
  readonly allProjects: boolean;
}

/** Use-cases on alarms. */
export class AlarmService {
  readonly #deps: AlarmDeps;

  constructor(deps: AlarmDeps) {
    this.#deps = deps;
  }

  /** Those of the caller's project, or of all where that is asked for and allowed. */
  list(ctx: Ctx, page: Page, allProjects: boolean): Promise<Alarm[]> {
    return alarmStore.list(this.#db, this.#visible(ctx, page, allProjects));
  }

  history(ctx: Ctx, page: Page, allProjects = false): Promise<AlarmChange[]> {
    return historyStore.list(this.#db, this.#visible(ctx, page, allProjects));
  }

  /** Of one alarm, also of one that is gone. @throws CloudError `not-found` for one that the project never had */
  async historyOf(ctx: Ctx, id: string, { page, allProjects }: Listing): Promise<AlarmChange[]> {
    const of = { op: '=', column: 'alarm_id', value: id } as const;
    const changes = await this.history(ctx, { ...page, where: [of, ...page.where] }, allProjects);
    if (changes.length === 0) await this.get(ctx, id, 'alarm_history');
    return changes;
  }

  /** @throws CloudError `not-found` */
  async get(ctx: Ctx, id: string, rule = 'get_alarm'): Promise<Alarm> {
    const alarm = isUuid(id) ? await alarmStore.find(this.#db, id) : undefined;
    const hidden = () => notFound(`Alarm ${id} not found in project ${projectOf(ctx)}`);
    if (!alarm) throw hidden();
    this.#deps.policy.authorizeVisible(ctx, `telemetry:${rule}`, { project_id: alarm.projectId }, hidden);
    return alarm;
  }

  /** @throws CloudError `forbidden` when the project has as many as it may have */
  async create(ctx: Ctx, draft: AlarmDraft, state: AlarmState = 'insufficient data'): Promise<Alarm> {
    const now = isoTime(this.#deps.clock.now());
    const alarm: Alarm = {
      ...draft,
      id: newUuid(),
      projectId: projectOf(ctx),
      userId: ctx.user.id,
      owner: storeCtx(ctx),
      state,
      stateReason: 'Not evaluated yet',
      stateChangedAt: now,
      createdAt: now,
      updatedAt: now,
    };
    await this.#deps.database.transaction<AlarmTables, void>(async (tx) => {
      const limit = await settingsStore.limit(tx, alarm.projectId);
      if (limit >= 0 && (await alarmStore.count(tx, alarm.projectId)) >= limit)
        throw forbidden(`Alarm quota exceeded: ${limit} alarms are allowed in this project.`);
      await alarmStore.insert(tx, alarm);
      await this.#note(ctx, tx, { alarm, type: 'creation', detail: draft });
    });
    return alarm;
  }

  /** Its state stays; from now on its actions are done in the name of whoever changed it. */
  async update(ctx: Ctx, id: string, draft: AlarmDraft): Promise<Alarm> {
    const before = await this.get(ctx, id, 'change_alarm');
    const alarm: Alarm = {
      ...before,
      ...draft,
      ...(before.projectId === projectOf(ctx) && { owner: storeCtx(ctx), userId: ctx.user.id }),
      updatedAt: isoTime(this.#deps.clock.now()),
    };
    await this.#deps.database.transaction<AlarmTables, void>(async (tx) => {
      if (!(await alarmStore.update(tx, alarm))) throw notFound(`Alarm ${id} not found`);
      await this.#note(ctx, tx, { alarm, type: 'rule change', detail: draft });
    });
    return alarm;
  }

  async delete(ctx: Ctx, id: string): Promise<void> {
    const alarm = await this.get(ctx, id, 'delete_alarm');
    await this.#deps.database.transaction<AlarmTables, void>(async (tx) => {
      await alarmStore.delete(tx, id);
      await this.#note(ctx, tx, { alarm, type: 'deletion', detail: { name: alarm.name, type: alarm.type } });
    });
  }

  /** Its actions follow, as upstream's evaluator would have them. @throws CloudError `conflict` when it changes at this moment */
  async setState(ctx: Ctx, id: string, state: AlarmState): Promise<AlarmState> {
    const seen = await this.get(ctx, id, 'change_alarm_state');
    if (state === seen.state) return state;
    const verdict = { state, reason: 'Manually set via API', data: {} };
    const done = await this.#deps.database.transaction<AlarmTables, boolean>((tx) =>
      followIn(this.#deps, tx, { seen, verdict, userId: ctx.user.id }),
    );
    if (!done) throw conflict('The alarm is changing; try again.');
    this.#deps.events.publish();
    return state;
  }

  limit(ctx: Ctx, projectId = projectOf(ctx)): Promise<number> {
    if (projectId !== projectOf(ctx)) this.#deps.policy.authorize(ctx, 'telemetry:update_quotas');
    return settingsStore.limit(this.#db, projectId);
  }

  setLimit(projectId: string, alarms: number): Promise<void> {
    return settingsStore.setLimit(this.#db, projectId, alarms);
  }

  removeLimit(projectId: string): Promise<void> {
    return settingsStore.removeLimit(this.#db, projectId);
  }

  #visible(ctx: Ctx, page: Page, allProjects: boolean): Page {
    if (allProjects) {
      this.#deps.policy.authorize(ctx, 'telemetry:get_alarms:all_projects');
      return page;
    }
    const own = { op: '=', column: 'project_id', value: projectOf(ctx) } as const;
    return { ...page, where: [own, ...page.where] };
  }

  #note(
    ctx: Ctx,
    tx: Db<AlarmTables>,
    { alarm, type, detail }: { alarm: Alarm; type: AlarmChange['type']; detail: unknown },
  ): Promise<void> {
    const { id: alarmId, projectId } = alarm;
    const at = isoTime(this.#deps.clock.now());
    return historyStore.add(tx, { id: newUuid(), alarmId, projectId, userId: ctx.user.id, type, detail, at });
  }

  get #db(): Db<AlarmTables> {
    return this.#deps.database.handle<AlarmTables>();
  }
}
