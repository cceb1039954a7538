import type { TSchema } from 'typebox';

/** A valid body in which one constraint of the schema is broken. */
export interface BrokenBody {
  /** Where, and which constraint: `template.spec.containers.0.image minLength`. */
  readonly name: string;
  readonly body: unknown;
}

interface Node {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Node>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean;
  readonly patternProperties?: Readonly<Record<string, Node>>;
  readonly items?: Node;
  readonly anyOf?: readonly Node[];
  readonly const?: unknown;
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
}

/** One body for each constraint that the schema has on what is in `valid`. */
export function brokenBodies(schema: TSchema, valid: unknown): BrokenBody[] {
  return walk(schema, valid, '', (broken) => broken);
}

type Place = (broken: unknown) => unknown;

function walk(node: Node, value: unknown, at: string, place: Place): BrokenBody[] {
  const here = (constraint: string, broken: unknown): BrokenBody => ({
    name: `${at || 'body'} ${constraint}`,
    body: place(broken),
  });
  return [here('type', WRONG), ...leafCases(node, value, here), ...inside(node, value, at, place)];
}

/** What no schema of an API allows. */
const WRONG = [[[0]]];

function leafCases(
  { type, minLength, maxLength, pattern, minItems, maxItems, ...node }: Node,
  value: unknown,
  here: (constraint: string, broken: unknown) => BrokenBody,
): BrokenBody[] {
  const cases: BrokenBody[] = [];
  if (minLength !== undefined && minLength > 0) cases.push(here('minLength', 'a'.repeat(minLength - 1)));
  if (maxLength !== undefined) cases.push(here('maxLength', 'a'.repeat(maxLength + 1)));
  if (pattern !== undefined || 'const' in node || (type === undefined && typeof value === 'string'))
    cases.push(here('pattern', '\u0000 ?'));
  if (minItems !== undefined && minItems > 0) cases.push(here('minItems', []));
  if (maxItems !== undefined && Array.isArray(value))
    cases.push(here('maxItems', Array(maxItems + 1).fill(value[0])));
  return cases;
}

function inside(node: Node, value: unknown, at: string, place: Place): BrokenBody[] {
  if (Array.isArray(value)) {
    const [first, ...rest] = value as unknown[];
    const { items } = node;
    if (!items || value.length === 0) return [];
    return walk(items, first, join(at, '0'), (broken) => place([broken, ...rest]));
  }
  if (typeof value !== 'object' || value === null) return [];
  const fields = value as Record<string, unknown>;
  const extra = node.additionalProperties === false ? [{ ...fields, 'of no schema': 1 }] : [];
  const missing = (node.required ?? []).map((name) => [name, without(fields, name)] as const);
  return [
    ...extra.map((body) => ({ name: `${at || 'body'} additionalProperties`, body: place(body) })),
    ...missing.map(([name, body]) => ({ name: `${join(at, name)} required`, body: place(body) })),
    ...Object.entries(fields).flatMap(([name, field]) => {
      const child = fieldOf(node, name);
      const put: Place = (broken) => place({ ...fields, [name]: broken });
      return child ? walk(child, field, join(at, name), put) : [];
    }),
  ];
}

/** A field that may also be null is what it is otherwise. */
function fieldOf({ properties, patternProperties }: Node, name: string): Node | undefined {
  const node = properties?.[name] ?? Object.values(patternProperties ?? {})[0];
  const options = (node?.anyOf ?? []).filter(({ type }) => type !== 'null');
  return options.length === 1 ? options[0] : node;
}

const join = (at: string, name: string): string => (at === '' ? name : `${at}.${name}`);

function without(fields: Record<string, unknown>, name: string): Record<string, unknown> {
  const { [name]: _gone, ...rest } = fields;
  return rest;
}
