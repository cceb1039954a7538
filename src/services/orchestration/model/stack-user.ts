import type { Ctx } from '#kernel/context.ts';
import type { JsonMap } from '../template/json.ts';
import type { Resource } from './resource.ts';

/** The role of users whom a stack made. */
export const STACK_USER = 'heat_stack_user';

/** Whether somebody is there for signals alone, whatever other roles they were given. */
export const isStackUser = ({ roles }: Pick<Ctx, 'roles'>): boolean => roles.includes(STACK_USER);

/** A user who tells one resource how it went, or others of its stack. */
export interface Teller {
  readonly name: string;
  readonly password: string;
  /** Once there is one. */
  readonly id?: string;
  readonly projectId?: string;
  /** What all that the user tells says besides. */
  readonly tells: JsonMap;
  /** A user of the stack, who may tell these of its resources, or all. */
  readonly about?: readonly string[];
}

/** By keys of the resource's own. */
export type Tellers = Readonly<Record<string, Teller>>;

export const tellersOf = ({ data }: Pick<Resource, 'data'>): Tellers =>
  (data['tellers'] ?? {}) as unknown as Tellers;
