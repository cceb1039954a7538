import type { ResourceRun, ResourceType } from '../resources/resource-type.ts';
import type { AttributePath } from '../template/expression.ts';
import { select, type Json, type JsonMap } from '../template/json.ts';
import type { Change } from './change.ts';
import type { Wish } from './wish.ts';

export const attributeKey = (path: AttributePath): string => JSON.stringify(path);

/** Those attributes of a resource that the template asks for, as they are now, by their paths. */
export async function readAttributes(
  { compiled }: Change,
  { name, type }: Wish,
  run: ResourceRun,
): Promise<JsonMap> {
  const paths = compiled.attributesAsked.get(name) ?? [];
  const read = await Promise.all(
    paths.map(async (path) => [attributeKey(path), await attributeOf(type, run, path)]),
  );
  return Object.fromEntries(read) as JsonMap;
}

/** What `get_attr` gives; without a path, all that there is. */
export async function attributeOf(type: ResourceType, run: ResourceRun, path: AttributePath): Promise<Json> {
  const ask = async (name: string | number): Promise<Json> => (await type.attribute?.(run, [name])) ?? null;
  const [first, ...rest] = path;
  if (first !== undefined) return select((await type.attribute?.(run, path)) ?? null, rest);
  const names = Object.keys(type.attributes);
  const all = await Promise.all(names.map(async (name) => [name, await ask(name)]));
  return Object.fromEntries(all) as JsonMap;
}
