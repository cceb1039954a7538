import type { Ctx } from '#kernel/context.ts';
import { badRequest, forbidden, notFound } from '#kernel/errors.ts';
import { newHexId } from '#kernel/ids.ts';
import type { Page } from '#kernel/paging.ts';
import {
  assertDeletable,
  assertMutable,
  assertRoomBelow,
  notALeaf,
  projectNameTaken,
  projectNotFound,
  type Project,
  type ProjectChange,
} from '../model/project.ts';
import { projectStore, type ProjectFilter } from '../store/projects.ts';
import { projectsOfUser } from './access.ts';
import { handleOf, inTransaction, storing, type IdentityDeps } from './deps.ts';
import { pageByName, type PageQuery } from './paging.ts';
import type { Revocations } from './revocations.ts';

export interface NewProject {
  readonly name: string;
  readonly description?: string | null;
  readonly domain_id?: string | null;
  readonly parent_id?: string | null;
  readonly enabled?: boolean;
  readonly tags?: readonly string[];
  readonly is_domain?: boolean;
  readonly options?: Readonly<Record<string, unknown>>;
  readonly extra?: Readonly<Record<string, unknown>>;
}

export interface ProjectDeps extends IdentityDeps {
  readonly revocations: Revocations;
}

/** Use-cases on projects and domains. */
export class ProjectService {
  readonly #deps: ProjectDeps;

  constructor(deps: ProjectDeps) {
    this.#deps = deps;
  }

  list(_ctx: Ctx, filter: ProjectFilter, page: PageQuery = {}): Promise<Page<Project>> {
    const find = (id: string) => projectStore.find(this.#db, id);
    return pageByName(page, find, (part) => projectStore.list(this.#db, filter, part));
  }

  /** A domain is a project too. */
  async get(ctx: Ctx, id: string): Promise<Project> {
    const project = await projectStore.find(this.#db, id);
    if (!project) throw projectNotFound(id);
    this.#deps.policy.authorizeVisible(ctx, 'identity:get_project', { project_id: id }, () =>
      projectNotFound(id),
    );
    return project;
  }

  async getDomain(ctx: Ctx, id: string): Promise<Project> {
    const domain = await projectStore.find(this.#db, id);
    if (!domain?.isDomain) throw notFound(`Could not find domain: ${id}.`);
    const own = { domain_id: id, user_domain_id: id };
    this.#deps.policy.authorize(ctx, 'identity:get_domain', own);
    return domain;
  }

  async create(ctx: Ctx, body: NewProject): Promise<Project> {
    if (body.is_domain) return this.#createProjectAsDomain(ctx, body);
    const parent = body.parent_id ? await projectStore.find(this.#db, body.parent_id) : undefined;
    if (body.parent_id && !parent) throw projectNotFound(body.parent_id);
    const domainId =
      body.domain_id ?? (parent ? domainOf(parent) : (ctx.project?.domain.id ?? ctx.user.domain.id));
    if (parent && domainOf(parent) !== domainId)
      throw badRequest('The parent project lies in another domain.');
    if (!(await projectStore.find(this.#db, domainId))?.isDomain)
      throw notFound(`Could not find domain: ${domainId}.`);
    if (parent) assertRoomBelow(parent, (await projectStore.ancestors(this.#db, parent)).length);
    return this.#insert({ ...blank(body), domainId, parentId: parent?.id ?? domainId, isDomain: false });
  }

  async #createProjectAsDomain(ctx: Ctx, body: NewProject): Promise<Project> {
    if (body.domain_id || body.parent_id)
      throw badRequest('A project that acts as a domain has neither a domain nor a parent.');
    return this.createDomain(ctx, body);
  }

  createDomain(_ctx: Ctx, body: NewProject): Promise<Project> {
    return this.#insert({ ...blank(body), domainId: '', parentId: '', isDomain: true });
  }

  /** Changes a project or domain that `get` or `getDomain` returned. */
  async update(before: Project, change: ProjectChange): Promise<Project> {
    assertMutable(before, change);
    if (change.enabled !== undefined && change.enabled !== before.enabled)
      await this.#assertMaySwitch(before, change.enabled);
    const after: Project = {
      ...before,
      ...change,
      options: { ...before.options, ...change.options },
      extra: { ...before.extra, ...change.extra },
    };
    await storing(
      this.#deps,
      () => projectNameTaken(after.name),
      (tx) => projectStore.update(tx, after),
    );
    if (before.enabled && !after.enabled)
      await this.#deps.revocations.add(before.isDomain ? 'domain' : 'project', before.id);
    this.#deps.identityChanged();
    return after;
  }

  /** Deletes a project, or a disabled domain with all that is in it. */
  async delete(project: Project): Promise<void> {
    assertDeletable(project);
    if (!project.isDomain && (await projectStore.hasChildren(this.#db, project.id)))
      throw notALeaf(project.id, 'delete');
    await inTransaction(this.#deps, async (tx) => {
      await projectStore.delete(tx, project);
    });
    this.#deps.identityChanged();
  }

  /** A project is only enabled below enabled ones, and only disabled above disabled ones. */
  async #assertMaySwitch(project: Project, enabled: boolean): Promise<void> {
    if (project.isDomain) return;
    const others = enabled
      ? await projectStore.ancestors(this.#db, project)
      : await projectStore.descendants(this.#db, [project.id]);
    if (others.some((other) => other.enabled !== enabled && (enabled || !other.isDomain)))
      throw enabled
        ? forbidden(`Cannot enable project ${project.id} since it has disabled parents.`)
        : forbidden(`Cannot disable project ${project.id} since its subtree contains enabled projects.`);
  }

  /** The projects above and below one, as far as the caller asks for them and may see them. */
  async family(ctx: Ctx, project: Project): Promise<{ parents: Project[]; subtree: Project[] }> {
    const [above, subtree] = [
      await projectStore.ancestors(this.#db, project),
      await projectStore.descendants(this.#db, [project.id]),
    ];
    const seen = await this.#visibleTo(ctx);
    return { parents: above.filter((one) => !one.isDomain && seen(one)), subtree: subtree.filter(seen) };
  }

  /** Administrators see all; others the projects that they have a role in. */
  async #visibleTo(ctx: Ctx): Promise<(project: Project) => boolean> {
    if (ctx.isAdmin) return () => true;
    const own = new Set((await projectsOfUser(this.#db, ctx.user.id)).map(({ id }) => id));
    return (project) => own.has(project.id);
  }

  async #insert(project: Project): Promise<Project> {
    await storing(
      this.#deps,
      () => projectNameTaken(project.name),
      (tx) => projectStore.insert(tx, project),
    );
    this.#deps.identityChanged();
    return project;
  }

  get #db() {
    return handleOf(this.#deps);
  }
}

const domainOf = (project: Project): string => (project.isDomain ? project.id : project.domainId);

const blank = (body: NewProject) => ({
  id: newHexId(),
  name: body.name.trim(),
  enabled: body.enabled ?? true,
  description: body.description ?? '',
  tags: body.tags ?? [],
  options: body.options ?? {},
  extra: body.extra ?? {},
});
