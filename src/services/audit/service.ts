import type { AuditRecord } from '#kernel/audit/record.ts';
import { projectOf, type Ctx } from '#kernel/context.ts';
import type { Database } from '#kernel/db/database.ts';
import type { Page } from '#kernel/paging.ts';
import type { Policy } from '#kernel/policy/policy.ts';
import type { RecordQuery } from './schema.ts';
import { listRecords } from './store.ts';

export interface AuditServiceDeps {
  readonly database: Database;
  readonly policy: Policy;
}

/** Reading what was changed. Writing is the kernel's, and nobody's use-case. */
export class AuditService {
  readonly #deps: AuditServiceDeps;

  constructor(deps: AuditServiceDeps) {
    this.#deps = deps;
  }

  async list(ctx: Ctx, query: RecordQuery): Promise<Page<AuditRecord>> {
    const everywhere = query.all_projects === true;
    const project = everywhere ? query.project_id : (query.project_id ?? projectOf(ctx));
    if (everywhere) this.#deps.policy.authorize(ctx, 'audit:list:all_projects');
    else this.#deps.policy.authorize(ctx, 'audit:list', { project_id: project });
    const { project_id: _, ...rest } = query;
    const asked = project === undefined ? rest : { ...rest, project_id: project };
    return listRecords(this.#deps.database.handle(), asked);
  }
}
