import { projectOf, type Ctx } from '#kernel/context.ts';
import { currentRow } from '../engine/change.ts';
import { compilePartly, type Compiled } from '../engine/compile.ts';
import { decide } from '../engine/decide.ts';
import { Foresight } from '../engine/foresee.ts';
import { wishFor, type Wishing } from '../engine/wish.ts';
import type { Resource } from '../model/resource.ts';
import { MAX_DEPTH, type Recipe, type Stack } from '../model/stack.ts';
import { openResource, resourceStore } from '../store/resources.ts';
import type { OrchestrationTables } from '../tables.ts';
import type { OrchestrationDeps } from './deps.ts';
import { family } from './family.ts';
import type { StackFactsService } from './facts.ts';
import type { StackDraft, StackService } from './stacks.ts';
import { nestedAsks, type NestedAsks } from './validation.ts';

export const CHANGES = ['unchanged', 'updated', 'replaced', 'added', 'deleted'] as const;
export type ChangeKind = (typeof CHANGES)[number];

/** A stack that is there, or will be; without an id it is not there yet. */
export interface ForeseenStack extends Pick<Stack, 'name' | 'projectId'> {
  readonly id: string;
  /** The resource of the stack around it that holds it. */
  readonly parentResource: string | null;
}

/** A resource of the template, or of what is there. */
export interface Foreseen {
  readonly name: string;
  readonly type: string;
  readonly row: Resource | undefined;
  readonly stack: ForeseenStack;
}

/** In place of a resource that will be a stack, the resources of that. */
export type ForeseenTree = readonly (Foreseen | ForeseenTree)[];

/** A stack with what is there of it. */
interface Held extends ForeseenStack {
  readonly rows: readonly Resource[];
}

/** The stacks that a stack holds, by the ids of their parents and the names of their resources. */
type HeldStacks = ReadonlyMap<string, Held>;
const keyOf = (parentId: string | null, resource: string | null): string => `${parentId}/${resource}`;

interface Comparison {
  readonly foresight: Foresight;
  /** Absent where only the outermost stack is looked at. */
  readonly held?: HeldStacks;
}

type Changes = readonly (Foreseen & { readonly kind: ChangeKind })[];

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
  creation(ctx: Ctx, draft: StackDraft): { readonly stack: Stack; readonly resources: ForeseenTree } {
    const { stacks } = this.#parts;
    const stack = { ...stacks.drafted(ctx, draft), id: 'None' };
    const compiled = stacks.checked(draft.recipe, stack);
    return { stack, resources: treeOf(compiled, stack, this.#foresight()) };
  }

  /** @throws CloudError as a change does */
  async change(
    stack: Stack,
    recipe: Recipe,
    { nested }: { readonly nested: boolean },
  ): Promise<ReadonlyMap<ChangeKind, readonly Foreseen[]>> {
    const { stacks, facts } = this.#parts;
    const compiled = stacks.checked(recipe, stack);
    const around = { ...stack, rows: await facts.resources(stack) };
    const comparison = {
      foresight: this.#foresight(),
      ...(nested && { held: await this.#held(stack) }),
    };
    return Map.groupBy(this.#compare(compiled, around, comparison), ({ kind }) => kind);
  }

  /** What the stacks within ask for, also where values of parameters are missing. */
  nested(ctx: Ctx, recipe: Recipe): NestedAsks {
    const { clock, region } = this.#deps;
    const identity = { id: 'None', name: 'validated', projectId: projectOf(ctx), region };
    return nestedAsks(compilePartly(recipe, identity, clock.now()), this.#foresight());
  }

  #foresight = (): Foresight => new Foresight(this.#deps.types, this.#deps.clock.now());

  #compare(compiled: Compiled, around: Held, comparison: Comparison): Changes {
    const wishing: Wishing = { ...this.#deps, compiled, rows: { all: around.rows } };
    const wanted = [...compiled.wanted.keys()].map((name) => ({
      name,
      type: compiled.template.resources.get(name)?.type ?? '',
      row: currentRow(wishing, name),
      stack: around,
      kind: kindOf(wishing, name),
    }));
    const gone = rowsIn(around).filter(({ name }) => !compiled.wanted.has(name));
    const all = [...wanted, ...gone.map((one) => ({ ...one, kind: 'deleted' as const }))];
    return comparison.held ? all.flatMap((one) => [one, ...this.#within(one, compiled, comparison)]) : all;
  }

  /** What it means for the stack that a resource holds, or will. */
  #within(one: Changes[number], compiled: Compiled, comparison: Comparison): Changes {
    const held = comparison.held?.get(keyOf(one.stack.id, one.name));
    const isGoing = one.kind === 'deleted' || one.kind === 'replaced';
    const going = held && isGoing ? deletion(held, comparison) : [];
    if (one.kind === 'deleted') return going;
    const there = isGoing ? undefined : held;
    const names = there?.rows.filter(isCurrent).map(({ name }) => name) ?? [];
    const child = comparison.foresight.child(compiled, one.name, names);
    if (!child) return going;
    const { name, projectId } = child.identity;
    const around = there ?? { id: '', name, projectId, parentResource: one.name, rows: [] };
    return [...going, ...this.#compare(child, around, comparison)];
  }

  /** All stacks of the tree with their rows: two queries. */
  async #held(stack: Stack): Promise<HeldStacks> {
    const { database, vault } = this.#deps;
    const db = database.handle<OrchestrationTables>();
    const [, ...kin] = await family(db, stack, MAX_DEPTH);
    if (kin.length === 0) return new Map();
    const ids = kin.map(({ id }) => id);
    const rows = await Promise.all(
      (await resourceStore.currentOf(db, ids)).map((row) => openResource(vault, stack.projectId, row)),
    );
    const byStack = Map.groupBy(rows, ({ stackId }) => stackId);
    return new Map(
      kin.map((one) => [
        keyOf(one.parentId, one.parentResource),
        { ...one, rows: byStack.get(one.id) ?? [] },
      ]),
    );
  }
}

function treeOf(compiled: Compiled, stack: ForeseenStack, foresight: Foresight): ForeseenTree {
  return [...compiled.wanted.keys()].map((name) => {
    const child = foresight.child(compiled, name, []);
    if (child) return treeOf(child, { ...stack, name: child.identity.name, parentResource: name }, foresight);
    const type = compiled.template.resources.get(name)?.type ?? '';
    return { name, type, row: undefined, stack };
  });
}

const isCurrent = ({ replacedBy }: Resource): boolean => replacedBy === null;

const rowsIn = (around: Held): readonly Foreseen[] =>
  around.rows.filter(isCurrent).map((row) => ({ name: row.name, type: row.type, row, stack: around }));

/** All that is in a stack, and in those that it holds. */
const deletion = (around: Held, comparison: Comparison): Changes =>
  rowsIn(around).flatMap((one) => {
    const held = comparison.held?.get(keyOf(around.id, one.name));
    return [{ ...one, kind: 'deleted' as const }, ...(held ? deletion(held, comparison) : [])];
  });

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
