import type { Ctx } from '#kernel/context.ts';
import type { Kind } from '../kind.ts';
import { networkError } from '../model/errors.ts';
import { changed, type Standard, type Target } from '../model/standard.ts';
import type { UseCaseDeps } from './deps.ts';

/** Use-cases on tags, the same for every resource. */
export class TagService {
  readonly #deps: Pick<UseCaseDeps, 'unit' | 'reader'>;

  constructor(deps: Pick<UseCaseDeps, 'unit' | 'reader'>) {
    this.#deps = deps;
  }

  /** Puts what `change` makes of the tags; the same tags again are no change. */
  set<T extends Standard>(
    ctx: Ctx,
    kind: Kind<T>,
    target: Target,
    change: (tags: readonly string[]) => readonly string[],
  ): Promise<readonly string[]> {
    return this.#deps.unit.run(async ({ tx }) => {
      const before = await this.#deps.reader.load(tx, ctx, kind, { target, rule: `update_${kind.singular}` });
      const tags = [...new Set(change(before.tags))];
      await kind.store.update(tx, changed<T>(ctx, before, { tags } as unknown as Partial<T>));
      return tags;
    });
  }
}

export const tagNotFound = (tag: string) =>
  networkError('not-found', 'TagNotFound', `Tag ${tag} could not be found.`);
