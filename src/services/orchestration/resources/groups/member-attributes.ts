import type { Json, JsonMap } from '../../template/json.ts';
import { select } from '../../template/json.ts';
import type { ResourceRun } from '../resource-type.ts';

type Path = readonly (string | number)[];

/** What each member tells, by name. */
export async function tellEach(run: ResourceRun, path: Path): Promise<JsonMap> {
  const members = await run.nested.resources();
  const [, ...rest] = path;
  const told = await Promise.all(
    members.map(async ({ name }) => [name, select(await run.nested.attribute(name, path), rest)]),
  );
  return Object.fromEntries(told) as JsonMap;
}

/** What others call each member by. */
export async function referencesOf(run: ResourceRun): Promise<JsonMap> {
  const members = await run.nested.resources();
  return Object.fromEntries(
    members.map(({ name, reference, physicalId }) => [name, reference ?? physicalId]),
  );
}

/**
 * Under the name that was asked for, so that the rest of the path finds what it selects: what is told here is whole already.
 * `[attributes, a, b]` of `{ 0: x }` becomes `{ a: { b: { 0: x } } }`.
 */
export const underPath = (value: Json, path: Path): Json =>
  path.toReversed().reduce<Json>((inner, key) => ({ [key]: inner }), value);
