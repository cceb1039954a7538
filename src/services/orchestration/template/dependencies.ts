import { badRequest } from '#kernel/errors.ts';
import { isOn } from './conditions.ts';
import { references, type AttributePath, type Expression, type Scope } from './expression.ts';
import type { ResourceDefinition, Template } from './template.ts';

/** The resources whose conditions hold, in the template's order. */
export const resourcesOn = (template: Template, scope: Scope): ReadonlyMap<string, ResourceDefinition> =>
  new Map([...template.resources].filter(([, { condition }]) => isOn(condition, scope)));

/**
 * What each resource that is on needs before it can be made: whom it names, and `depends_on`.
 * @throws CloudError InvalidTemplateReference for what is not there or not on; CircularDependencyException with the circle.
 */
export function dependencies(template: Template, scope: Scope): ReadonlyMap<string, ReadonlySet<string>> {
  const on = resourcesOn(template, scope);
  const graph = new Map([...on].map(([name, resource]) => [name, needs(resource, scope)]));
  for (const [name, needed] of graph) checkKnown(template, { on, name, needed });
  const circle = findCircle(graph);
  if (circle !== undefined)
    throw badRequest(`Circular Dependency Found: ${circle.join(' -> ')}`, {
      code: 'CircularDependencyException',
    });
  return graph;
}

const partsOf = ({
  properties,
  metadata,
  updatePolicy,
  externalId,
}: ResourceDefinition): readonly Expression[] => [properties, metadata, updatePolicy, externalId];

const needs = (resource: ResourceDefinition, scope: Scope): Set<string> =>
  new Set([...references(partsOf(resource), scope).resources, ...resource.dependsOn]);

/** A condition that takes a resource away takes it out of `depends_on` too. */
function checkKnown(
  template: Template,
  { on, name, needed }: { on: ReadonlyMap<string, ResourceDefinition>; name: string; needed: Set<string> },
): void {
  const { dependsOn = [], path = name } = on.get(name) ?? {};
  for (const other of [...needed].filter((one) => !on.has(one))) {
    if (!(template.resources.has(other) && dependsOn.includes(other)))
      throw badRequest(`The specified reference "${other}" (in ${path}) is incorrect.`, {
        code: 'InvalidTemplateReference',
      });
    needed.delete(other);
  }
}

/** A circle as the names on it, the first one again at the end. Goes without recursion: chains may be long. */
function findCircle(graph: ReadonlyMap<string, ReadonlySet<string>>): readonly string[] | undefined {
  const left = new Map([...graph].map(([name, needed]) => [name, needed.size]));
  const neededBy = Map.groupBy(
    [...graph].flatMap(([name, needed]) => [...needed].map((other) => ({ name, other }))),
    ({ other }) => other,
  );
  const free = [...left].filter(([, count]) => count === 0).map(([name]) => name);
  for (let name = free.pop(); name !== undefined; name = free.pop()) {
    left.delete(name);
    for (const { name: waiting } of neededBy.get(name) ?? []) {
      const count = (left.get(waiting) ?? 0) - 1;
      left.set(waiting, count);
      if (count === 0) free.push(waiting);
    }
  }
  const [first] = left.keys();
  return first === undefined ? undefined : circleFrom(first, graph, new Set(left.keys()));
}

/** Whoever is left needs somebody who is left: going on leads round. */
function circleFrom(
  first: string,
  graph: ReadonlyMap<string, ReadonlySet<string>>,
  left: ReadonlySet<string>,
): readonly string[] {
  const way: string[] = [];
  let name: string | undefined = first;
  while (name !== undefined && !way.includes(name)) {
    way.push(name);
    name = [...(graph.get(name) ?? [])].find((other) => left.has(other));
  }
  return name === undefined ? way : [...way.slice(way.indexOf(name)), name];
}

/** Which attributes are asked of each resource, by resources and outputs that are on: what the engine keeps and fetches. */
export function attributesAsked(
  template: Template,
  scope: Scope,
): ReadonlyMap<string, readonly AttributePath[]> {
  const outputs = [...template.outputs.values()].filter(({ condition }) => isOn(condition, scope));
  const parts = [...resourcesOn(template, scope).values()].flatMap(partsOf);
  return references([...parts, ...outputs.map(({ value }) => value)], scope).attributes;
}
