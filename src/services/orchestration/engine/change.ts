import type { Clock } from '#kernel/clock.ts';
import type { Resource } from '../model/resource.ts';
import type { Stack } from '../model/stack.ts';
import type { ResourceTypes } from '../resources/registry.ts';
import type { Cloud } from '../resources/resource-type.ts';
import type { Compiled } from './compile.ts';
import type { News } from './news.ts';
import { currentRows } from './plan.ts';
import type { Place } from './place.ts';
import type { NestedStack } from '../resources/nested-stack.ts';
import type { Rows } from './rows.ts';

/** Who works on something. */
export interface Worker {
  readonly signal: AbortSignal;
  readonly place: Place;
}

/** One change of one stack: what is wanted, what is there, and in whose name it is carried out. */
export interface Change {
  readonly stack: Stack;
  readonly compiled: Compiled;
  readonly rows: Rows;
  readonly cloud: Cloud;
  readonly news: News;
  /** Of whoever works on it: the walk, or one of its errands. */
  readonly place: Place;
  readonly types: ResourceTypes;
  readonly clock: Clock;
  /** The stack that a resource holds, by the id of its row. */
  readonly heldBy: (rowId: string, by: Worker) => NestedStack;
}

/** The row that stands for a name now. */
export const currentRow = (
  { rows }: { readonly rows: { readonly all: readonly Resource[] } },
  name: string,
): Resource | undefined => currentRows(rows.all).get(name);
