import type { Ctx } from '#kernel/context.ts';
import { compile, withArn, type Compiled } from '../engine/compile.ts';
import type { Resource } from '../model/resource.ts';
import type { Stack } from '../model/stack.ts';
import { openResource, resourceStore } from '../store/resources.ts';
import type { OrchestrationTables } from '../tables.ts';
import type { Json, JsonMap } from '../template/json.ts';
import { pseudoParameters, shownParameter } from '../template/parameters.ts';
import type { OutputValue, StackFacts } from '../view/stack.ts';
import type { OrchestrationDeps } from './deps.ts';
import { withLiveAttributes } from './live.ts';
import { outputValue } from './outputs.ts';

const HIDDEN = '******';

/** What is known of a stack by its recipe and its resources. */
export class StackFactsService {
  readonly #deps: OrchestrationDeps;

  constructor(deps: OrchestrationDeps) {
    this.#deps = deps;
  }

  async of(ctx: Ctx, stack: Stack, { outputs }: { readonly outputs: boolean }): Promise<StackFacts> {
    const parameters = this.#parameters(stack, this.compiled(stack));
    return outputs ? { parameters, outputs: await this.outputs(ctx, stack) } : { parameters };
  }

  compiled(stack: Stack): Compiled {
    const { clock, region } = this.#deps;
    return compile(stack.recipe, { ...stack, region }, clock.now());
  }

  /** What was asked for, without what is hidden. */
  environment(stack: Stack): JsonMap {
    const { environment, parameters } = this.compiled(stack);
    const shown = (values: JsonMap): JsonMap =>
      Object.fromEntries(
        Object.entries(values).map(([name, value]): [string, Json] => [
          name,
          parameters.get(name)?.schema.hidden === true ? HIDDEN : value,
        ]),
      );
    return {
      ...environment.source,
      parameters: shown(environment.parameters),
      parameter_defaults: shown(environment.parameterDefaults),
    };
  }

  async resources(stack: Pick<Stack, 'id' | 'projectId'>): Promise<readonly Resource[]> {
    const { database, vault } = this.#deps;
    const rows = await resourceStore.ofStack(database.handle<OrchestrationTables>(), stack.id);
    return Promise.all(rows.map((row) => openResource(vault, stack.projectId, row)));
  }

  /** As the resources tell them now. */
  async outputs({ signal }: Ctx, stack: Stack): Promise<readonly OutputValue[]> {
    const compiled = this.compiled(stack);
    const rows = await this.resources(stack);
    const scope = compiled.scope(await withLiveAttributes(this.#deps, { stack, compiled, rows, signal }));
    return [...compiled.template.outputs.values()].map((output) => outputValue(output, scope));
  }

  #parameters(stack: Stack, { template, parameters }: Compiled): Record<string, string> {
    const pseudo = pseudoParameters(template, withArn({ ...stack, region: this.#deps.region }));
    const own = [...parameters].map(([name, value]) => [name, shownParameter(value)]);
    return Object.fromEntries([...pseudo, ...own].filter(([name]) => name !== 'OS::region'));
  }
}
