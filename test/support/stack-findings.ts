import { isDeepStrictEqual } from 'node:util';
import type { Resource } from '#services/orchestration/model/resource.ts';
import type { Stack } from '#services/orchestration/model/stack.ts';
import { idOf, STUBBORN_THING, THING, type Thing } from './stack-outside.ts';
import type { StackLab } from './stack-lab.ts';
import { expectedThings, type Shape } from './stack-shapes.ts';

const THINGS = [THING, STUBBORN_THING];

/** Whatever came of a step: the things are those of the rows, and nobody was asked for what makes no sense. @throws with what is wrong */
export async function assertNothingWrong(lab: StackLab, stack: Stack): Promise<void> {
  const { things, offences } = lab.outside;
  const tree = await lab.rows();
  const rows = [...tree.values()].flat().filter(isThing);
  const owned = new Set(rows.map(idOf));
  const strays = [...things.keys()].filter((id) => !owned.has(id));
  const lost = rows.filter(
    (row) => row.status === 'COMPLETE' && row.action !== 'INIT' && !things.has(idOf(row)),
  );
  const amiss = standing(tree, stack.id).filter((row) => isAmiss(row, stack, things));
  throwIfAny([
    ...offences,
    ...strays.map((id) => `${id} is nobody's`),
    ...lost.map((row) => `${row.name} is ${row.action}_${row.status} and nothing is there`),
    ...amiss.map((row) => `${row.name} is not as ${stack.action} leaves it`),
  ]);
}

const isThing = ({ type }: Resource): boolean => THINGS.includes(type);

/** The rows that verbs are done to: what is whole and nothing takes the place of, within what is so itself. */
const standing = (tree: Tree, id: string): readonly Resource[] =>
  (tree.get(id) ?? [])
    .filter(({ status, replacedBy }) => status === 'COMPLETE' && replacedBy === null)
    .flatMap((row) => [row, ...standing(tree, row.physicalId ?? '')]);

/** Suspended or not, against what was done last. */
function isAmiss(row: Resource, { action, status }: Stack, things: ReadonlyMap<string, Thing>): boolean {
  if (!isThing(row) || status !== 'COMPLETE' || (action !== 'SUSPEND' && action !== 'RESUME')) return false;
  return things.get(idOf(row))?.suspended !== (action === 'SUSPEND');
}

/** Nothing of it is left. @throws with what is */
export async function assertGone(lab: StackLab): Promise<void> {
  const rows = [...(await lab.rows()).values()].flat();
  throwIfAny([
    ...[...lab.outside.things.keys()].map((id) => `${id} is left`),
    ...rows.map(({ name }) => `the row of ${name} is left`),
    ...(await lab.living()).map((id) => `the stack ${id} is left`),
  ]);
}

/** It is as its template says, and nothing besides. @throws with what is not */
export async function assertIs(lab: StackLab, stack: Stack, shape: Shape): Promise<void> {
  const tree = await lab.rows();
  const rows = [...tree.values()].flat();
  const unsettled = rows.filter(({ status, replacedBy }) => status !== 'COMPLETE' || replacedBy !== null);
  const wanted = Object.keys(shape).filter((name) => shape[name]?.on);
  const names = (tree.get(stack.id) ?? []).map(({ name }) => name);
  throwIfAny([
    ...unsettled.map(({ name, action, status }) => `${name} is ${action}_${status} still`),
    ...difference('resources', names.toSorted(), wanted.toSorted()),
    ...difference('things', thingsBelow(lab, tree, stack.id), expectedThings(shape)),
    ...difference(
      'stacks',
      (await lab.living()).length,
      tree.get(stack.id) ? stacksOf(tree, stack.id).length : 0,
    ),
  ]);
}

type Tree = ReadonlyMap<string, readonly Resource[]>;

const stacksOf = (tree: Tree, id: string): readonly string[] => [
  id,
  ...(tree.get(id) ?? []).flatMap(({ physicalId }) =>
    physicalId !== null && tree.has(physicalId) ? stacksOf(tree, physicalId) : [],
  ),
];

/** What there is of the things of a stack and of those it holds, by the path of their names. */
function thingsBelow(lab: StackLab, tree: Tree, id: string, path = ''): Readonly<Record<string, object>> {
  const rows = tree.get(id) ?? [];
  const nameOf = (used: string) => rows.find((row) => row.reference === used)?.name ?? used;
  const parts = rows.map((row) => {
    const thing = isThing(row) && lab.outside.things.get(idOf(row));
    if (!thing)
      return row.physicalId === null ? {} : thingsBelow(lab, tree, row.physicalId, `${path}${row.name}/`);
    const { value, fixed, uses, seen } = thing;
    return { [`${path}${row.name}`]: { value, fixed, uses: uses.map(nameOf), seen } };
  });
  return Object.assign({}, ...parts) as Record<string, object>;
}

const difference = (what: string, is: unknown, should: unknown): string[] =>
  isDeepStrictEqual(is, should)
    ? []
    : [`the ${what} are ${JSON.stringify(is)} and should be ${JSON.stringify(should)}`];

function throwIfAny(wrong: readonly string[]): void {
  if (wrong.length > 0) throw new Error(wrong.join('\n'));
}
