import { isoTime } from '#kernel/clock.ts';
import { projectOf, storeCtx, type Ctx } from '#kernel/context.ts';
import type { Tx } from '#kernel/db/database.ts';
import { badRequest, CloudError } from '#kernel/errors.ts';
import { isUuid, newUuid } from '#kernel/ids.ts';
import type { Page, PageRequest } from '#kernel/paging.ts';
import { checkResources } from '../engine/check.ts';
import { compile, type Compiled } from '../engine/compile.ts';
import { adoptedRow } from '../model/adopted.ts';
import { assertStackName } from '../model/names.ts';
import { isStackUser } from '../model/stack-user.ts';
import type { Portrait } from '../model/portrait.ts';
import type { Recipe, Stack, StackSummary } from '../model/stack.ts';
import { can } from '../model/states.ts';
import { parseTemplate } from '../template/parse-template.ts';
import { stackList, type StackFilter } from '../store/stack-list.ts';
import { resourceStore, sealResource } from '../store/resources.ts';
import { openStack, stackStore } from '../store/stacks.ts';
import type { OrchestrationTables, StackRow } from '../tables.ts';
import { begin, begun, stackNotFound } from './begin.ts';
import type { OrchestrationDeps } from './deps.ts';

export interface StackDraft {
  readonly name: string;
  readonly recipe: Recipe;
  readonly tags: readonly string[];
  readonly disableRollback: boolean;
  readonly timeoutMinutes: number | null;
}

/** Use-cases on stacks: what can be refused is refused here, the rest is the engine's. */
export class StackService {
  readonly #deps: OrchestrationDeps;

  constructor(deps: OrchestrationDeps) {
    this.#deps = deps;
  }

  /** By id, or by the name of a living one. @throws CloudError `not-found`, also for strangers; `forbidden` */
  async get(ctx: Ctx, idOrName: string, rule = 'stacks:show'): Promise<Stack> {
    return openStack(this.#deps.vault, await this.#row(ctx, idOrName, rule));
  }

  /** By both. @throws as `get` */
  async named(ctx: Ctx, { id, name }: { id: string; name: string }, rule: string): Promise<Stack> {
    const row = isUuid(id) ? await this.#row(ctx, id, rule) : undefined;
    if (row?.name !== name) throw stackNotFound(`${name}/${id}`);
    return openStack(this.#deps.vault, row);
  }

  /** The same for those who tell one of its resources something: users whom a stack made are in another project. @throws as `get` */
  async heard(ctx: Ctx, { id, name }: { id: string; name: string }): Promise<Stack> {
    if (!isStackUser(ctx)) return this.named(ctx, { id, name }, 'resource:signal');
    const db = this.#deps.database.handle<OrchestrationTables>();
    const row = isUuid(id) ? await stackStore.find(db, id) : undefined;
    if (row?.name !== name) throw stackNotFound(`${name}/${id}`);
    return openStack(this.#deps.vault, row);
  }

  /** Where the stack is that has an id, an ARN or, while it lives, a name. @throws as `get` */
  async lookup(ctx: Ctx, idOrName: string): Promise<Pick<Stack, 'id' | 'name' | 'projectId'>> {
    const id = /^arn:openstack:heat:.*\/(?<id>[^/]+)$/.exec(idOrName)?.groups?.['id'] ?? idOrName;
    const { id: found, name, project_id } = await this.#row(ctx, id, 'stacks:lookup');
    return { id: found, name, projectId: project_id };
  }

  async #row(ctx: Ctx, idOrName: string, rule: string): Promise<StackRow> {
    const db = this.#deps.database.handle<OrchestrationTables>();
    const row = isUuid(idOrName)
      ? await stackStore.find(db, idOrName)
      : await stackStore.findNamed(db, projectOf(ctx), idOrName);
    if (!row || row.project_id !== projectOf(ctx)) throw stackNotFound(idOrName);
    this.#deps.policy.authorize(ctx, rule, { project_id: row.project_id });
    return row;
  }

  /** What a caller may list: stacks of the own project, or of all. @throws CloudError `forbidden` */
  async list(
    ctx: Ctx,
    { allProjects, ...filter }: Omit<StackFilter, 'projectId'> & { readonly allProjects: boolean },
    { page, count }: { readonly page: PageRequest; readonly count: boolean },
  ): Promise<Page<StackSummary> & { readonly count?: number }> {
    if (allProjects) this.#deps.policy.authorize(ctx, 'stacks:global_index');
    const db = this.#deps.database.handle<OrchestrationTables>();
    const wanted = { ...filter, projectId: allProjects ? null : projectOf(ctx) };
    const listed = await stackList.page(db, wanted, page);
    return count ? { ...listed, count: await stackList.count(db, wanted) } : listed;
  }

  /** @throws CloudError `bad-request` with the place in the template; `conflict` when the name is taken */
  async create(ctx: Ctx, draft: StackDraft): Promise<Stack> {
    const stack = this.drafted(ctx, draft);
    this.checked(draft.recipe, stack);
    await begin(this.#deps, ctx, { stack });
    return stack;
  }

  /** Creates a stack over what is there already. @throws as `create` */
  async adopt(ctx: Ctx, draft: StackDraft, resources: Portrait['resources']): Promise<Stack> {
    const { clock, vault } = this.#deps;
    const stack = { ...this.drafted(ctx, draft), ...begun(clock, 'ADOPT', draft.timeoutMinutes) };
    const { wanted } = this.checked(draft.recipe, stack);
    const known = Object.values(resources).filter(({ name }) => wanted.has(name));
    const rows = await Promise.all(
      known.map((one) => sealResource(vault, stack.projectId, adoptedRow(stack, one))),
    );
    const beside = async (tx: Tx<OrchestrationTables>) => {
      for (const row of rows) await resourceStore.write(tx, row);
    };
    await begin(this.#deps, ctx, { stack, beside });
    return stack;
  }

  /** A new stack as it would begin. @throws CloudError `bad-request` for its name or its template */
  drafted(ctx: Ctx, draft: StackDraft): Stack {
    assertStackName(draft.name);
    const id = newUuid();
    return {
      ...draft,
      id,
      projectId: projectOf(ctx),
      actor: storeCtx(ctx),
      parentId: null,
      parentResource: null,
      rootId: id,
      description: parseTemplate(draft.recipe.template).description,
      former: null,
      createdAt: isoTime(this.#deps.clock.now()),
      updatedAt: null,
      deletedAt: null,
      ...begun(this.#deps.clock, 'CREATE', draft.timeoutMinutes),
    };
  }

  /** Also while another change is under way: the engine goes on with this one. */
  async update(ctx: Ctx, before: Stack, draft: StackDraft): Promise<Stack> {
    const { clock } = this.#deps;
    if (!can.update(before)) {
      const is = before.action === 'SUSPEND' ? 'suspended' : 'deleting';
      throw badRequest(`Updating a stack when it is ${is} is not supported.`, { code: 'NotSupported' });
    }
    const { template } = this.checked(draft.recipe, before);
    const stack: Stack = {
      ...before,
      ...draft,
      name: before.name,
      actor: storeCtx(ctx),
      description: template.description,
      updatedAt: isoTime(clock.now()),
      ...begun(clock, 'UPDATE', draft.timeoutMinutes),
    };
    await begin(this.#deps, ctx, { stack, before });
    return stack;
  }

  /** From every state. A stack that is gone already stays so. */
  async delete(ctx: Ctx, before: Stack): Promise<void> {
    if (before.deletedAt !== null) return;
    const { clock } = this.#deps;
    const stack = { ...before, actor: storeCtx(ctx), ...begun(clock, 'DELETE', before.timeoutMinutes) };
    try {
      await begin(this.#deps, ctx, { stack, before });
    } catch (thrown) {
      // What was under way came to its end meanwhile, or something else began.
      if (CloudError.from(thrown).code !== 'ActionInProgress') throw thrown;
      await this.delete(ctx, await this.get(ctx, before.id, 'stacks:delete'));
    }
  }

  /** @throws CloudError `bad-request` for whatever can be known before anything is made */
  checked(recipe: Recipe, stack: Pick<Stack, 'id' | 'name' | 'projectId'>): Compiled {
    const { clock, region, types } = this.#deps;
    const compiled = compile(recipe, { ...stack, region }, clock.now());
    checkResources(compiled, { types, now: clock.now() });
    return compiled;
  }
}
