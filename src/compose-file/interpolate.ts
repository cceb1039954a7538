import { badRequest } from '#kernel/errors.ts';
import { isMap, type Tree } from './document.ts';
import { problem, type Locate, type Path } from './problem.ts';

export type Variables = (name: string) => string | undefined;

const NAME = /^[A-Za-z_][A-Za-z0-9_]*/;
const OPERATOR = /^(:?[-?+])/;
const MAX_DEPTH = 20;

/** Every text of the tree with its variables filled in. Keys stay as they are. */
export function interpolateTree(tree: Tree, variables: Variables, locate: Locate, path: Path = []): Tree {
  if (typeof tree === 'string') {
    try {
      return interpolate(tree, variables);
    } catch (thrown) {
      throw problem(locate, path, (thrown as Error).message);
    }
  }
  if (Array.isArray(tree))
    return (tree as readonly Tree[]).map((item, index) =>
      interpolateTree(item, variables, locate, [...path, index]),
    );
  if (!isMap(tree)) return tree;
  return Object.fromEntries(
    Object.entries(tree).map(([key, value]) => [
      key,
      interpolateTree(value, variables, locate, [...path, key]),
    ]),
  );
}

/**
 * `$NAME`, `${NAME}`, `${NAME:-otherwise}`, `${NAME:?why not}`, `${NAME:+instead}`, each also without the colon, which makes
 * an empty value count; what comes after the operator may hold variables too. `$$` is a dollar. What is not set is empty.
 * @throws CloudError `bad-request`
 */
export function interpolate(text: string, variables: Variables, depth = 0): string {
  if (depth > MAX_DEPTH) throw badRequest('Variables are nested too deeply.');
  let result = '';
  let rest = text;
  for (let dollar = rest.indexOf('$'); dollar >= 0; dollar = rest.indexOf('$')) {
    result += rest.slice(0, dollar);
    const after = rest.slice(dollar + 1);
    const bare = NAME.exec(after)?.[0];
    if (after.startsWith('$')) [result, rest] = [`${result}$`, after.slice(1)];
    else if (bare !== undefined)
      [result, rest] = [result + (variables(bare) ?? ''), after.slice(bare.length)];
    else if (after.startsWith('{')) {
      const end = closingBrace(after);
      if (end < 0) throw badRequest(`'${text}': a brace is not closed.`);
      result += expand(after.slice(1, end), variables, depth);
      rest = after.slice(end + 1);
    } else throw badRequest(`'${text}': after $ comes a name, a brace, or another $.`);
  }
  return result + rest;
}

function closingBrace(text: string): number {
  let open = 0;
  for (let at = 0; at < text.length; at++) {
    if (text.startsWith('${', at) || at === 0) open++;
    else if (text[at] === '}' && --open === 0) return at;
  }
  return -1;
}

function expand(inside: string, variables: Variables, depth: number): string {
  const name = NAME.exec(inside)?.[0];
  if (name === undefined) throw badRequest(`'\${${inside}}' names no variable.`);
  const value = variables(name);
  const rest = inside.slice(name.length);
  if (rest === '') return value ?? '';
  const operator = OPERATOR.exec(rest)?.[0];
  if (operator === undefined) throw badRequest(`'\${${inside}}': '${rest}' means nothing after a name.`);
  const word = () => interpolate(rest.slice(operator.length), variables, depth + 1);
  const isThere = value !== undefined && (value !== '' || !operator.startsWith(':'));
  if (operator.endsWith('+')) return isThere ? word() : '';
  if (isThere) return value;
  if (operator.endsWith('-')) return word();
  throw badRequest(`${name} must be set: ${word() || 'it has no value.'}`);
}
