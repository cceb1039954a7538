import { isAlias, isNode, isScalar, LineCounter, parseDocument, visit, type Document } from 'yaml';
import { badRequest, CloudError, messageOf } from '#kernel/errors.ts';
import { isList, isMap, type Json, type JsonMap } from './json.ts';
import type { Locate } from './place.ts';

/** What a template or an environment may be at most. */
export const MAX_TEXT = 512 * 1024;
const MAX_DEPTH = 64;
const MAX_NODES = 200_000;
const MAX_ALIASES = 200;

/** Types of YAML that are no JSON: their values stay texts. */
const NO_JSON = ['timestamp', 'binary', 'omap', 'pairs', 'set'];

/** A text that was read, and where its parts stand. */
export interface ReadText {
  readonly value: JsonMap;
  readonly locate: Locate | undefined;
}

const tooLarge = (length: number) =>
  new CloudError(
    'bad-request',
    `Request limit exceeded: Template size (${length} bytes) exceeds maximum allowed size (${MAX_TEXT} bytes).`,
    { code: 'RequestLimitExceeded' },
  );

/**
 * Reads YAML as Heat does (version 1.1: `yes` is true, dates stay texts), JSON too; or takes what is read already.
 * Nothing of it is ever run. Bombs of size, depth, aliases and keys are refused.
 * @param subject how messages call it: `template`, `environment`.
 * @throws CloudError with line and column.
 */
export function readText(given: string | Json, subject: string): ReadText {
  if (typeof given !== 'string') {
    const text = JSON.stringify(given) ?? '';
    if (text.length > MAX_TEXT) throw tooLarge(text.length);
    return { value: checked(given, subject), locate: undefined };
  }
  const length = Buffer.byteLength(given);
  if (length > MAX_TEXT) throw tooLarge(length);
  const json = readJson(given);
  if (json !== undefined)
    // Only who has to say where something stands reads it once more.
    return { value: checked(json, subject), locate: (path) => readYaml(given, subject).locate(path) };
  const { document, locate } = readYaml(given, subject);
  return { value: checked(toJson(document, subject), subject), locate };
}

/** Undefined for what is no JSON, and for JSON that says a key twice: the other reader says where. */
function readJson(text: string): Json | undefined {
  if (!/^\s*\{/.test(text)) return undefined;
  try {
    const value = JSON.parse(text) as Json;
    const keys = [...text.matchAll(/"(?:[^"\\]|\\.)*"(\s*:)?/g)].filter(([, colon]) => colon !== undefined);
    return keysIn(value) === keys.length ? value : undefined;
  } catch {
    return undefined;
  }
}

function keysIn(value: Json): number {
  if (typeof value !== 'object' || value === null) return 0;
  const items: readonly Json[] = isList(value) ? value : Object.values(value);
  return items.reduce((sum: number, item) => sum + keysIn(item), isList(value) ? 0 : items.length);
}

function readYaml(text: string, subject: string): { document: Document.Parsed; locate: Locate } {
  const lines = new LineCounter();
  const document = parseYaml(text, { lines, subject });
  return { document, locate: locator(document, lines) };
}

interface Reading {
  readonly lines: LineCounter;
  readonly subject: string;
}

function parseYaml(text: string, { lines, subject }: Reading): Document.Parsed {
  const document = withinStack(subject, () => {
    checkBrackets(text, subject);
    return parseDocument(text, {
      version: '1.1',
      lineCounter: lines,
      prettyErrors: false,
      // Compares each key with each other; checkKeys does it in one go.
      uniqueKeys: false,
      stringKeys: true,
      logLevel: 'error',
      customTags: (tags) => tags.filter((tag) => !NO_JSON.includes(nameOf(tag))),
    });
  });
  const fail = (message: string, at: number) => {
    const { line, col } = lines.linePos(at);
    throw unreadable(subject, `${message} (line ${line}, column ${col})`);
  };
  const [error] = [...document.errors, ...document.warnings];
  if (error !== undefined) fail(error.message, error.pos[0]);
  withinStack(subject, () => checkNodes(document, fail));
  return document;
}

/** What costs more than it is long: keys said twice, and many aliases, each of which is looked for from the start. */
function checkNodes(document: Document.Parsed, fail: (message: string, at: number) => void): void {
  let aliases = 0;
  visit(document, {
    Map: (_, { items }) => {
      const seen = new Set<unknown>();
      for (const { key } of items) {
        const name = isScalar(key) ? key.value : key;
        if (seen.has(name) && name !== '<<')
          fail('Map keys must be unique', isNode(key) ? (key.range?.[0] ?? 0) : 0);
        seen.add(name);
      }
    },
    Alias: (_, { range }) => {
      aliases += 1;
      if (aliases > MAX_ALIASES) fail(`There are more than ${MAX_ALIASES} aliases`, range?.[0] ?? 0);
    },
  });
}

const nameOf = (tag: unknown): string =>
  (typeof tag === 'string' ? tag : (tag as { tag: string }).tag).replace('tag:yaml.org,2002:', '');

/** The parser goes down with the text: a text of nothing but brackets never gets there. */
function checkBrackets(text: string, subject: string): void {
  let run = 0;
  for (const one of text) {
    if (one === '[' || one === '{') run += 1;
    else if (!/[\s"'-]/.test(one)) run = 0;
    if (run > MAX_DEPTH) throw unreadable(subject, `it is nested more than ${MAX_DEPTH} deep`);
  }
}

function toJson(document: Document.Parsed, subject: string): Json {
  try {
    return withinStack(subject, () => document.toJS({ maxAliasCount: 100 }) as Json);
  } catch (cause) {
    if (cause instanceof CloudError) throw cause;
    throw unreadable(subject, messageOf(cause), cause);
  }
}

function withinStack<T>(subject: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw unreadable(subject, `it is nested more than ${MAX_DEPTH} deep`, cause);
  }
}

const unreadable = (subject: string, reason: string, cause?: unknown) =>
  badRequest(`Error parsing ${subject}: ${reason}`, { code: 'StackValidationFailed', cause });

function checked(value: Json | undefined, subject: string): JsonMap {
  if (value === undefined || value === null) return {};
  if (!isMap(value))
    throw badRequest(`The ${subject} is not a JSON object or YAML mapping.`, {
      code: 'StackValidationFailed',
    });
  const seen = { nodes: 0 };
  count(value, { subject, seen, depth: 0 });
  return value;
}

/** Counts what aliases stand for each time, and refuses what is no JSON. */
function count(value: Json, at: { subject: string; seen: { nodes: number }; depth: number }): void {
  at.seen.nodes += 1;
  if (at.seen.nodes > MAX_NODES) throw unreadable(at.subject, `it has more than ${MAX_NODES} values`);
  if (at.depth > MAX_DEPTH) throw unreadable(at.subject, `it is nested more than ${MAX_DEPTH} deep`);
  if (typeof value === 'number' && !Number.isFinite(value))
    throw unreadable(at.subject, `${value} is no number that JSON has`);
  if (typeof value === 'bigint' || typeof value === 'undefined')
    throw unreadable(at.subject, 'it holds a value that JSON does not have');
  if (typeof value === 'object' && value !== null)
    for (const item of isList(value) ? value : Object.values(value))
      count(item, { ...at, depth: at.depth + 1 });
}

/** Where the value of a path begins, or the nearest thing around it that is there. */
const locator =
  (document: Document.Parsed, lines: LineCounter): Locate =>
  (path) => {
    for (let length = path.length; length >= 0; length -= 1) {
      const node: unknown = length === 0 ? document.contents : document.getIn(path.slice(0, length), true);
      const start = isNode(node) && !isAlias(node) ? node.range?.[0] : undefined;
      if (start === undefined) continue;
      const { line, col } = lines.linePos(start);
      return `line ${line}, column ${col}`;
    }
    return undefined;
  };
