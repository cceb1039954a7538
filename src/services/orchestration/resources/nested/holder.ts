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

/**
 * `resource.web` is what others call a member by; with more of a path, or as `resource.web.address`, what it tells, from where the rest
 * is selected. Members go by their names, or by their places.
 * @throws CloudError `not-found`
 */
export async function memberAttribute(run: ResourceRun, path: readonly (string | number)[]): Promise<Json> {
  const [first = '', ...rest] = path;
  const named = String(first).slice('resource.'.length);
  const [short = '', ...dotted] = named.split('.');
  const members = await run.nested.resources();
  const find = (wanted: string) => members.find(({ name }) => name === wanted) ?? members[Number(wanted)];
  const whole = find(named);
  const member = whole ?? find(short);
  if (!member) throw notFound(`There is no resource ${named} in ${run.resource.name}.`);
  if (!whole) return run.nested.attribute(member.name, [dotted.join('.'), ...rest]);
  const [asked] = rest;
  return asked === undefined ? member.reference : { [asked]: await run.nested.attribute(member.name, rest) };
}
