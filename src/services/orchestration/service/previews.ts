import type { Ctx } from '#kernel/context.ts';
import { currentRow } from '../engine/change.ts';
import { decide } from '../engine/decide.ts';
import { wishFor, type Wishing } from '../engine/wish.ts';
import type { Resource } from '../model/resource.ts';
import type { Recipe, Stack } from '../model/stack.ts';
import type { OrchestrationDeps } from './deps.ts';
import type { StackFactsService } from './facts.ts';
import type { StackDraft, StackService } from './stacks.ts';

export const CHANGES = ['unchanged', 'updated', 'replaced', 'added', 'deleted'] as const;
export type ChangeKind = (typeof CHANGES)[number];

/** A resource of the template, or of what is there. */
export interface Foreseen {
  readonly name: string;
  readonly type: string;
  readonly row: Resource | undefined;
}

/** What would be, if it were asked for: nothing is made or kept. */
export class PreviewService {
  readonly #deps: OrchestrationDeps;
  readonly #parts: { readonly stacks: StackService; readonly facts: StackFactsService };

  constructor(
    deps: OrchestrationDeps,
    parts: { readonly stacks: StackService; readonly facts: StackFactsService },
  ) {
    this.#deps = deps;
    this.#parts = parts;
  }

  /** @throws CloudError as creation does */
  creation(ctx: Ctx, draft: StackDraft): { readonly stack: Stack; readonly resources: readonly Foreseen[] } {
    const { stacks } = this.#parts;
    const stack = { ...stacks.drafted(ctx, draft), id: 'None' };
    const { wanted, template } = stacks.checked(draft.recipe, stack);
    const resources = [...wanted.keys()].map((name) => ({
      name,
      type: template.resources.get(name)?.type ?? '',
      row: undefined,
    }));
    return { stack, resources };
  }

  /** @throws CloudError as a change does */
  async change(stack: Stack, recipe: Recipe): Promise<ReadonlyMap<ChangeKind, readonly Foreseen[]>> {
    const { stacks, facts } = this.#parts;
    const compiled = stacks.checked(recipe, stack);
    const all = await facts.resources(stack);
    const wishing: Wishing = { ...this.#deps, compiled, rows: { all } };
    const wanted = [...compiled.wanted.keys()].map((name) => ({
      name,
      type: compiled.template.resources.get(name)?.type ?? '',
      row: currentRow(wishing, name),
    }));
    const gone = all.filter(({ name, replacedBy }) => replacedBy === null && !compiled.wanted.has(name));
    const deleted = gone.map((row) => ({ name: row.name, type: row.type, row }));
    return new Map([
      ...Map.groupBy(wanted, ({ name }) => kindOf(wishing, name)),
      ['deleted', deleted] as const,
    ]);
  }
}

const KINDS = {
  create: 'added',
  resume: 'updated',
  replace: 'replaced',
  keep: 'unchanged',
  update: 'updated',
} as const;

function kindOf(wishing: Wishing, name: string): ChangeKind {
  const row = currentRow(wishing, name);
  if (!row) return 'added';
  try {
    return KINDS[decide(row, wishFor(wishing, name)).step];
  } catch {
    // It waits for what is not there yet: so it changes.
    return 'updated';
  }
}
