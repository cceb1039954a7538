import type { Workload } from '#services/container/port.ts';
import type { ResourceFilter } from '../port.ts';

/** As which kinds of resource a workload is found: upstream's templates know no other than `instance`. */
export const RESOURCE_TYPES = ['generic', 'container', 'instance'] as const;
export type ResourceKind = (typeof RESOURCE_TYPES)[number];

export const isResourceType = (text: string): text is ResourceKind =>
  RESOURCE_TYPES.some((one) => one === text);

/** What of a workload can be asked for. */
export function attributesOf(workload: Workload): Readonly<Record<string, string | null>> {
  const { id, projectId, userId, name, image, labels, host, createdAt } = workload;
  return {
    id,
    project_id: projectId,
    user_id: userId,
    display_name: name,
    image_ref: image,
    host,
    server_group: labels['metering.server_group'] ?? null,
    started_at: createdAt,
  };
}

/** @throws `WrongFilter` for what is no condition on a resource */
export function matches(workload: Workload, filter: ResourceFilter): boolean {
  const entries = Object.entries(filter);
  const [entry] = entries;
  if (!entry || entries.length > 1) throw new WrongFilter('A condition has one operator.');
  const [operator, operand] = entry;
  const join = JOINS[operator];
  if (join) return join(listOf(operand), (one) => matches(workload, one as ResourceFilter));
  const compare = COMPARISONS[operator];
  if (!compare) throw new WrongFilter(`There is no operator ${operator}.`);
  const [attribute, ...others] = Object.entries(mapOf(operand));
  if (!attribute || others.length > 0) throw new WrongFilter('A comparison has one attribute.');
  const attributes = attributesOf(workload);
  if (!Object.hasOwn(attributes, attribute[0])) throw new WrongFilter(`Invalid attribute: ${attribute[0]}.`);
  return compare(attributes[attribute[0]] ?? null, attribute[1]);
}

export class WrongFilter extends Error {}

type Join = (all: readonly unknown[], holds: (one: unknown) => boolean) => boolean;
const all: Join = (conditions, holds) => conditions.every(holds);
const some: Join = (conditions, holds) => conditions.some(holds);
const none: Join = (conditions, holds) => !conditions.some(holds);
const JOINS: Readonly<Record<string, Join>> = {
  and: all,
  '∧': all,
  or: some,
  '∨': some,
  not: none,
  '¬': none,
};

type Compare = (value: string | null, wanted: unknown) => boolean;
const equal: Compare = (value, wanted) => value === wanted;
const differs: Compare = (value, wanted) => value !== wanted;
const within: Compare = (value, wanted) => listOf(wanted).includes(value);
const like: Compare = (value, wanted) =>
  value !== null && typeof wanted === 'string' && isLike(value, wanted.split('%'));
const COMPARISONS: Readonly<Record<string, Compare>> = {
  '=': equal,
  '==': equal,
  eq: equal,
  '!=': differs,
  '≠': differs,
  ne: differs,
  in: within,
  like,
};

/** SQL's `like`, by the pieces between its `%`. */
function isLike(value: string, [first = '', ...pieces]: readonly string[]): boolean {
  if (!value.startsWith(first)) return false;
  const last = pieces.pop();
  if (last === undefined) return value === first;
  let rest = value.slice(first.length);
  for (const piece of pieces) {
    const at = rest.indexOf(piece);
    if (at < 0) return false;
    rest = rest.slice(at + piece.length);
  }
  return rest.endsWith(last);
}

function mapOf(value: unknown): object {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  throw new WrongFilter('A comparison has an attribute and a value.');
}

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [value]);
