import type { Ctx } from '#kernel/context.ts';
import type { Database, Db } from '#kernel/db/database.ts';
import { newHexId } from '#kernel/ids.ts';
import type { Policy } from '#kernel/policy/policy.ts';
import {
  assertDeletable,
  assertMutable,
  projectNameTaken,
  projectNotFound,
  type Project,
  type ProjectChange,
} from '../model/project.ts';
import type { CreateProjectBody } from '../schema/project.ts';
import { projectStore, type ProjectFilter } from '../store/projects.ts';
import type { IdentityTables } from '../tables.ts';

export interface ProjectServiceDeps {
  readonly database: Database;
  readonly policy: Policy;
  /** Tells the token cache that what it knows may be out of date. */
  readonly identityChanged: () => void;
}

/** Use-cases on projects. */
export class ProjectService {
  readonly #deps: ProjectServiceDeps;

  constructor(deps: ProjectServiceDeps) {
    this.#deps = deps;
  }

  list(_ctx: Ctx, filter: ProjectFilter): Promise<Project[]> {
    return projectStore.list(this.#db, filter);
  }

  async get(ctx: Ctx, id: string): Promise<Project> {
    const project = await projectStore.find(this.#db, id);
    if (!project) throw projectNotFound(id);
    this.#deps.policy.authorizeVisible(ctx, 'identity:get_project', { project_id: id }, () =>
      projectNotFound(id),
    );
    return project;
  }

  async create(ctx: Ctx, body: CreateProjectBody): Promise<Project> {
    const domainId = body.domain_id ?? ctx.project?.domain.id ?? ctx.user.domain.id;
    const project: Project = {
      id: newHexId(),
      name: body.name.trim(),
      domainId,
      parentId: body.parent_id ?? domainId,
      isDomain: false,
      enabled: body.enabled ?? true,
      description: body.description ?? '',
      tags: body.tags ?? [],
      options: body.options ?? {},
    };
    await this.#store(project, (db) => projectStore.insert(db, project));
    return project;
  }

  async update(ctx: Ctx, id: string, change: ProjectChange): Promise<Project> {
    const before = await this.get(ctx, id);
    assertMutable(before, change);
    const after: Project = { ...before, ...change, options: { ...before.options, ...change.options } };
    await this.#store(after, (db) => projectStore.update(db, after));
    this.#deps.identityChanged();
    return after;
  }

  async delete(ctx: Ctx, id: string): Promise<void> {
    assertDeletable(await this.get(ctx, id));
    await projectStore.delete(this.#db, id);
    this.#deps.identityChanged();
  }

  /** One write, with a taken name told in Keystone's words. */
  async #store(project: Project, write: (db: Db<IdentityTables>) => Promise<void>): Promise<void> {
    try {
      await write(this.#db);
    } catch (thrown) {
      throw this.#deps.database.engine.isUniqueViolation(thrown) ? projectNameTaken(project.name) : thrown;
    }
  }

  get #db(): Db<IdentityTables> {
    return this.#deps.database.handle();
  }
}
