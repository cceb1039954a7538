import { expressionBuilder, type Expression, type SqlBool } from 'kysely';
import { badRequest } from '#kernel/errors.ts';

/** What a search asks for: a condition on a column, or conditions together. Read from `{"=": {"name": "x"}}`. */
export type Condition =
  | { readonly op: Comparison; readonly column: string; readonly value: string | number }
  | { readonly op: 'in'; readonly column: string; readonly values: readonly (string | number)[] }
  | { readonly op: 'and' | 'or'; readonly of: readonly Condition[] }
  | { readonly op: 'not'; readonly of: readonly [Condition] };

type Comparison = '=' | '!=' | '<' | '<=' | '>' | '>=' | 'like';
/** Names of the wire and their columns. */
export type Columns = Readonly<Record<string, string>>;

const OPERATORS: Readonly<Record<string, Comparison>> = {
  '=': '=',
  '==': '=',
  eq: '=',
  '!=': '!=',
  ne: '!=',
  '<': '<',
  lt: '<',
  '<=': '<=',
  le: '<=',
  '>': '>',
  gt: '>',
  '>=': '>=',
  ge: '>=',
  like: 'like',
};
const DEEPEST = 10;

/** @throws CloudError `bad-request` */
export function readFilter(text: string, columns: Columns): Condition {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw badRequest('Filter expression not valid: it is no JSON.');
  }
  return readCondition(parsed, columns, DEEPEST);
}

function readCondition(said: unknown, columns: Columns, depth: number): Condition {
  const entries = typeof said === 'object' && said !== null ? Object.entries<unknown>({ ...said }) : [];
  const [first, ...more] = entries;
  if (!first || more.length > 0 || depth === 0) throw badRequest('Filter expression not valid.');
  const [op, value] = first;
  if (op === 'not') return { op, of: [readCondition(value, columns, depth - 1)] };
  if (op === 'and' || op === 'or') {
    if (!Array.isArray(value) || value.length === 0) throw badRequest('Filter expression not valid.');
    return { op, of: value.map((part) => readCondition(part, columns, depth - 1)) };
  }
  const [field, ...others] = Object.entries<unknown>((value ?? {}) as Record<string, unknown>);
  if (!field || others.length > 0) throw badRequest('Filter expression not valid.');
  if (op === 'in' && Array.isArray(field[1]) && field[1].length > 0)
    return { op, column: columnOf(field[0], columns), values: field[1].map(plain) };
  return compare({ field: field[0], word: op, value: field[1] }, columns);
}

/** One condition, by the words of the wire. @throws CloudError `bad-request` */
export function compare(
  { field, word, value }: { readonly field: string; readonly word: string; readonly value: unknown },
  columns: Columns,
): Condition {
  const op = OPERATORS[word];
  if (op === undefined) throw badRequest(`Operator ${word} is not supported.`);
  return { op, column: columnOf(field, columns), value: plain(value) };
}

export function columnOf(field: string, columns: Columns): string {
  if (Object.hasOwn(columns, field)) return columns[field] ?? field;
  throw badRequest(`Invalid input for field/attribute field: unknown field '${field}'.`);
}

function plain(value: unknown): string | number {
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (typeof value === 'string' || typeof value === 'number') return value;
  throw badRequest('Filter expression not valid: values are texts, numbers or booleans.');
}

/** Columns were looked up in a list of names: any is a column of the table that is asked. */
interface Row {
  row: Record<string, string | number>;
}

/** As SQL. `enabled` alone is a number there; everything else is compared as text. */
export function whereOf(condition: Condition): Expression<SqlBool> {
  const eb = expressionBuilder<Row, 'row'>();
  switch (condition.op) {
    case 'and':
      return eb.and(condition.of.map(whereOf));
    case 'or':
      return eb.or(condition.of.map(whereOf));
    case 'not':
      return eb.not(whereOf(condition.of[0]));
    case 'in':
      return eb(
        condition.column,
        'in',
        condition.values.map((value) => typed(condition.column, value)),
      );
    default:
      return eb(condition.column, condition.op, typed(condition.column, condition.value));
  }
}

const FLAGS: ReadonlySet<string> = new Set(['enabled', 'repeat_actions']);
const typed = (column: string, value: string | number): string | number =>
  FLAGS.has(column) ? (/^(true|1)$/i.test(String(value)) ? 1 : 0) : String(value);
