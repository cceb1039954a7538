import { isMap, type Tree, type TreeMap } from './document.ts';

/** Lists that one file says whole: the later takes the place of the earlier. */
const REPLACED = ['command', 'entrypoint', 'test'];
/** What may be a list of `NAME=value`, and what a list of names, is a mapping when files are put together. */
const PAIRS = ['environment', 'labels', 'driver_opts'];
const NAMES = ['networks', 'depends_on'];

/** One file over another, by Compose's rules: mappings by key, lists one after the other, all else by the later. */
export function merge(below: Tree, above: Tree, key = ''): Tree {
  if (isMap(below) && isMap(above)) {
    const keys = new Set([...Object.keys(below), ...Object.keys(above)]);
    return Object.fromEntries([...keys].map((name) => [name, mergeField(below, above, name)]));
  }
  if (Array.isArray(below) && Array.isArray(above) && !REPLACED.includes(key))
    return [...(below as Tree[]), ...(above as Tree[])];
  return above;
}

function mergeField(below: TreeMap, above: TreeMap, name: string): Tree {
  const [first, second] = [below[name], above[name]];
  if (first === undefined) return second ?? null;
  return second === undefined || second === null ? first : merge(first, second, name);
}

/** A service with its short forms spelled out, so that it can be put together with another. */
export const spelledOut = (service: TreeMap): TreeMap =>
  Object.fromEntries(Object.entries(service).map(([key, value]) => [key, fieldSpelledOut(key, value)]));

function fieldSpelledOut(key: string, value: Tree): Tree {
  if (key === 'env_file' && typeof value === 'string') return [value];
  if (!Array.isArray(value)) return value;
  const items = value as readonly Tree[];
  if (PAIRS.includes(key)) return Object.fromEntries(items.map(pairOf));
  if (!NAMES.includes(key) || !items.every((item) => typeof item === 'string')) return value;
  const each = key === 'networks' ? null : { condition: 'service_started' };
  return Object.fromEntries(items.map((item) => [item, each]));
}

function pairOf(item: Tree): [string, Tree] {
  const text = typeof item === 'string' ? item : JSON.stringify(item);
  const cut = text.indexOf('=');
  return cut < 0 ? [text, null] : [text.slice(0, cut), text.slice(cut + 1)];
}
