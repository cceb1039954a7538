import type { StoredCtx } from '#kernel/context.ts';
import { attributeKey, attributeOf } from '../engine/attributes.ts';
import { compile, type Compiled } from '../engine/compile.ts';
import { typeOf, typeOfRow } from '../engine/types.ts';
import type { Resource } from '../model/resource.ts';
import type { Stack } from '../model/stack.ts';
import type { ResourceRun, ResourceType } from '../resources/resource-type.ts';
import { references, type AttributePath } from '../template/expression.ts';
import type { Json, JsonMap } from '../template/json.ts';
import { isTemplate } from '../template/registry.ts';
import { signalsOf } from '../store/signals.ts';
import type { EngineDeps } from './deps.ts';
import { AskedStack } from './held-facts.ts';

export interface Asking {
  readonly stack: Stack;
  readonly row: Resource;
  /** In whose name the services are asked. */
  readonly actor: StoredCtx;
  readonly signal: AbortSignal;
}

/** A run for questions alone: nothing is kept. */
export function askingRun(deps: EngineDeps, { stack, row, actor, signal }: Asking): ResourceRun {
  return {
    stack,
    resource: row,
    properties: row.properties as JsonMap,
    again: false,
    updatePolicy: {},
    beside: [],
    taken: new Set(),
    nested: new AskedStack(deps, () => ({ id: row.physicalId, actor, signal })),
    cloud: deps.cloudOf(actor, signal),
    clock: deps.clock,
    signal,
    keep: async () => undefined,
    signals: async (reference) =>
      reference === row.physicalId ? signalsOf(deps, stack.projectId, row.id) : undefined,
    adjust: () => Promise.reject(new Error('Who asks changes nothing.')),
    made: async () => undefined,
  };
}

/** All that a resource tells now, and what it is asked for besides. What it does not tell is null. */
export async function liveAttributes(
  deps: EngineDeps,
  asking: Asking,
  names: readonly string[],
): Promise<JsonMap> {
  const type = typeWithin(deps, asking);
  if (!type || asking.row.physicalId === null) return {};
  const run = askingRun(deps, asking);
  const all = new Set([...Object.keys(type.attributes), ...names]);
  const told = await Promise.all(
    [...all].map(async (name) => [name, (await tell(type, run, [name])) ?? null]),
  );
  return Object.fromEntries(told) as JsonMap;
}

/** As the stack says it now, which tells more than the row; else what made it. */
function typeWithin(deps: EngineDeps, { stack, row }: Asking): ResourceType | undefined {
  if (!isTemplate(row.madeBy)) return deps.types.find(row.madeBy);
  const compiled = compile(stack.recipe, { ...stack, region: deps.region }, deps.clock.now());
  const definition = compiled.template.resources.get(row.name);
  return definition ? typeOf(compiled, deps.types, definition) : typeOfRow(deps.types, row);
}

/** The rows with those attributes that the outputs ask for as they are now; those that nobody tells stay as they were. */
export async function withLiveAttributes(
  deps: EngineDeps,
  { stack, compiled, rows, signal }: OutputAsking,
): Promise<readonly Resource[]> {
  const values = [...compiled.template.outputs.values()].map(({ value }) => value);
  const asked = references(values, compiled.scope([])).attributes;
  return Promise.all(
    rows.map(async (row) => {
      const type = typeOfRow(deps.types, row);
      const paths = asked.get(row.name) ?? [];
      if (!type || row.physicalId === null || paths.length === 0) return row;
      const run = askingRun(deps, { stack, row, actor: stack.actor, signal });
      const told = await Promise.all(
        paths.map(async (path) => [attributeKey(path), await tell(type, run, path)]),
      );
      const known = told.filter(([, value]) => value !== undefined);
      return { ...row, attributes: { ...row.attributes, ...Object.fromEntries(known) } };
    }),
  );
}

export interface OutputAsking {
  readonly stack: Stack;
  readonly compiled: Compiled;
  readonly rows: readonly Resource[];
  readonly signal: AbortSignal;
}

/** Undefined when it cannot be told: the thing is gone, its service does not answer. */
async function tell(type: ResourceType, run: ResourceRun, path: AttributePath): Promise<Json | undefined> {
  try {
    return await attributeOf(type, run, path);
  } catch {
    return undefined;
  }
}
