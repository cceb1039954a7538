import { notFound } from '#kernel/errors.ts';
import type { Json } from '../../template/json.ts';
import type { ChildRecipe } from '../nested-stack.ts';
import type { ResourceRun, ResourceType } from '../resource-type.ts';

type Verbs = 'create' | 'update' | 'remove' | 'suspend' | 'resume' | 'check' | 'holdsStack';

export interface Holder extends Omit<ResourceType, Verbs> {
  /** What the stack is made of that a resource with these properties holds. */
  readonly child: (run: ResourceRun) => Promise<ChildRecipe> | ChildRecipe;
}

/** A type whose resources are stacks. */
export const holder = ({ child, ...type }: Holder): ResourceType => ({
  ...type,
  holdsStack: true,
  create: async (run) => run.nested.converge(await child(run)),
  async update(run) {
    await run.nested.converge(await child(run));
  },
  remove: (run) => run.nested.remove(),
  suspend: (run) => run.nested.act('SUSPEND'),
  resume: (run) => run.nested.act('RESUME'),
  check: (run) => run.nested.act('CHECK'),
});

/** `resource.web`: one of the resources of the stack is asked. */
export const isMemberPath = ([first]: readonly (string | number)[]): boolean =>
  typeof first === 'string' && first.startsWith('resource.');

/** What others call it by; with more of a path, what it tells, from where the rest is selected. @throws CloudError `not-found` */
export async function memberAttribute(run: ResourceRun, path: readonly (string | number)[]): Promise<Json> {
  const [first = '', ...rest] = path;
  const member = String(first).slice('resource.'.length);
  const [asked] = rest;
  const found = (await run.nested.resources()).find(({ name }) => name === member);
  if (!found) throw notFound(`There is no resource ${member} in ${run.resource.name}.`);
  if (asked === undefined) return found.reference;
  return { [asked]: await run.nested.attribute(member, rest) };
}
