import {
  isAlias,
  LineCounter,
  parseDocument,
  type Document,
  type Node,
  type ScalarTag,
  type Tags,
} from 'yaml';
import { badRequest } from '#kernel/errors.ts';
import type { Locate, Path } from './problem.ts';

export type Tree = null | boolean | number | string | readonly Tree[] | { readonly [key: string]: Tree };
export type TreeMap = { readonly [key: string]: Tree };

/** A file as it was read, before anything is made of it. */
export interface SourceFile {
  readonly tree: TreeMap;
  readonly locate: Locate;
}

const MAX_BYTES = 1 << 20;
/** Beyond it, anchors are a bomb. */
const MAX_ALIASES = 200;

/** Rights of files are written `0440`, which YAML 1.2 would take for a decimal. */
const OCTAL: ScalarTag = {
  tag: 'tag:yaml.org,2002:int',
  default: true,
  test: /^0[0-7]+$/,
  resolve: (text) => Number.parseInt(text, 8),
};
const withOctal = (tags: Tags): Tags => [OCTAL, ...tags];

/** @throws CloudError `bad-request` for what is no YAML, no mapping, too large, or says a key twice. */
export function readDocument(text: string, file: string): SourceFile {
  if (Buffer.byteLength(text) > MAX_BYTES) throw badRequest(`${file} is larger than ${MAX_BYTES} bytes.`);
  const lines = new LineCounter();
  try {
    const document = parseDocument(text, {
      lineCounter: lines,
      merge: true,
      prettyErrors: false,
      customTags: withOctal,
    });
    const [error] = document.errors;
    if (error) throw badRequest(`${file}:${lines.linePos(error.pos[0]).line}: ${error.message}`);
    const tree = document.toJS({ maxAliasCount: MAX_ALIASES }) as Tree;
    if (!isMap(tree)) throw badRequest(`${file} is not a mapping.`);
    return { tree, locate: (path) => `${file}:${lineOf(document, lines, path)}` };
  } catch (thrown) {
    if (thrown instanceof ReferenceError || thrown instanceof RangeError)
      throw badRequest(`${file} has too many aliases, or is nested too deeply.`, { cause: thrown });
    throw thrown;
  }
}

export const isMap = (tree: Tree | undefined): tree is TreeMap =>
  typeof tree === 'object' && tree !== null && !Array.isArray(tree);

/** Of the node at the path, or the nearest above it. */
function lineOf(document: Document, lines: LineCounter, path: Path): number {
  for (let length = path.length; length >= 0; length--) {
    const found = nodeAt(document, path.slice(0, length));
    if (found?.range) return lines.linePos(found.range[0]).line;
  }
  return 1;
}

function nodeAt(document: Document, path: Path): Node | undefined {
  const found = (path.length === 0 ? document.contents : document.getIn(path, true)) as
    | Node
    | null
    | undefined;
  return isAlias(found) ? found.resolve(document) : (found ?? undefined);
}

/** Of several files, the last that has it. */
export const locateIn =
  (files: readonly SourceFile[], has: (tree: Tree, path: Path) => boolean = hasPath): Locate =>
  (path) =>
    (files.findLast(({ tree }) => has(tree, path)) ?? files[0])?.locate(path) ?? '';

function hasPath(tree: Tree, path: Path): boolean {
  let at: Tree | undefined = tree;
  for (const part of path) {
    if (typeof at !== 'object' || at === null) return false;
    at = (at as Readonly<Record<string | number, Tree>>)[part];
    if (at === undefined) return false;
  }
  return true;
}
