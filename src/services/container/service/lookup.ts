import type { Ctx } from '#kernel/context.ts';
import { projectOf } from '#kernel/context.ts';
import { conflict } from '#kernel/errors.ts';
import type { Db } from '#kernel/db/database.ts';
import { isUuid } from '#kernel/ids.ts';
import { containerAmbiguous, containerNotFound, type Container } from '../model/container.ts';
import { containerStore } from '../store/containers.ts';
import type { ContainerTables } from '../tables.ts';
import type { ContainerDeps } from './deps.ts';

/** What may be done with a capsule's member by itself; all else is the capsule's. Zun does not show members at all. */
const OF_MEMBERS = ['get_one', 'logs', 'execute', 'top', 'stats', 'kill', 'actions'].map(
  (action) => `container:${action}`,
);

/** Finds the container a caller means, and makes sure of what the caller may do with it. */
export class ContainerLookup {
  readonly #deps: Pick<ContainerDeps, 'database' | 'policy'>;

  constructor(deps: Pick<ContainerDeps, 'database' | 'policy'>) {
    this.#deps = deps;
  }

  /**
   * By id, or by name in the caller's project (`allProjects`: in any).
   * @throws CloudError `not-found`, also for what the caller may not see; `conflict` when several have the name; `forbidden`.
   */
  async get(ctx: Ctx, ref: string, rule: string, allProjects = false): Promise<Container> {
    if (allProjects) this.#deps.policy.authorize(ctx, 'container:get_one_all_projects');
    const container = await this.#find(ref, allProjects ? null : projectOf(ctx));
    if (!container) throw containerNotFound(ref);
    const target = { project_id: container.projectId, user_id: container.userId };
    this.#deps.policy.authorizeVisible(ctx, rule, target, () => containerNotFound(ref));
    const { member } = container.settings;
    if (member && !OF_MEMBERS.includes(rule))
      throw conflict(`Container ${ref} is a member of capsule ${member.capsuleId}.`, { code: 'conflict' });
    return container;
  }

  async #find(ref: string, projectId: string | null): Promise<Container | undefined> {
    const db: Db<ContainerTables> = this.#deps.database.handle();
    const byId = isUuid(ref) ? await containerStore.find(db, ref) : undefined;
    if (byId) return byId;
    const named = await containerStore.findByName(db, ref, projectId);
    if (named.length > 1) throw containerAmbiguous(ref);
    return named[0];
  }
}
