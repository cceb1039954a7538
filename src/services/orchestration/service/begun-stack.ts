import type { Ctx } from '#kernel/context.ts';
import { isoTime } from '#kernel/clock.ts';
import { notFound } from '#kernel/errors.ts';
import { childRecipe } from '../engine/child.ts';
import { compile } from '../engine/compile.ts';
import type { Resource } from '../model/resource.ts';
import type { Stack } from '../model/stack.ts';
import type { ChildRecipe, NestedStack } from '../resources/nested-stack.ts';
import { assertAtRest, begin, begun } from './begin.ts';
import type { OrchestrationDeps } from './deps.ts';
import { HeldFacts } from './held-facts.ts';

interface Around {
  readonly ctx: Ctx;
  /** The stack around it. */
  readonly stack: Stack;
  readonly row: Resource;
}

/** The stack of a resource that is signalled: a change of it is begun, and carried out by a task of its own. */
export class BegunStack extends HeldFacts implements NestedStack {
  readonly #deps: OrchestrationDeps;
  readonly #around: Around;

  constructor(deps: OrchestrationDeps, around: Around) {
    const { ctx, stack, row } = around;
    super(deps, () => ({ id: row.physicalId, actor: stack.actor, signal: ctx.signal }));
    this.#deps = deps;
    this.#around = around;
  }

  /** @throws CloudError `conflict` ActionInProgress while it, or the stack around it, is changed */
  async converge(child: ChildRecipe): Promise<string> {
    const { ctx, stack: around, row } = this.#around;
    const { clock, region } = this.#deps;
    const before = await this.living();
    if (!before) throw notFound(`The resource ${row.name} has no stack.`);
    assertAtRest(around);
    assertAtRest(before);
    const compiled = compile(around.recipe, { ...around, region }, clock.now());
    const stack: Stack = {
      ...before,
      recipe: childRecipe(compiled, row.name, child),
      updatedAt: isoTime(clock.now()),
      ...begun(clock, 'UPDATE', around.timeoutMinutes),
    };
    await begin(this.#deps, ctx, { stack, before });
    return stack.id;
  }

  remove = unheard;
  act = unheard;
}

function unheard(): never {
  throw new Error('A signal takes nothing away.');
}
