import { useIsMutating, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { tellFailure } from '../parts/failure.tsx';
import { useSession } from '../session/session.tsx';
import type { Action, ResourceDefinition } from './definition.ts';

/** Everything of a project is kept under its kind, so that an event finds it. */
export const keyOf = (kind: string, ...rest: readonly unknown[]) => [kind, ...rest];

export function useList<T>({ kind, path, list }: Pick<ResourceDefinition<T>, 'kind' | 'path' | 'list'>) {
  const { caller } = useSession();
  return useQuery({ queryKey: keyOf(kind, 'list', path), queryFn: () => list(caller) });
}

interface Act<T> {
  readonly action: Action<T>;
  readonly items: readonly T[];
}

const actKey = (kind: string) => ['act', kind];

/** Whether it is being deleted at this moment: nobody asks for what may be gone. */
function useIsLeaving<T>(
  { kind, id: idOf }: Pick<ResourceDefinition<T>, 'kind' | 'id'>,
  id: string,
): boolean {
  const leaving = useIsMutating({
    mutationKey: actKey(kind),
    predicate: ({ state }) => {
      const { action, items } = state.variables as Act<T>;
      return action.isDangerous === true && items.some((item) => idOf(item) === id);
    },
  });
  return leaving > 0;
}

export function useOne<T>(definition: ResourceDefinition<T>, id: string) {
  const { kind, get, list, id: idOf } = definition;
  const { caller } = useSession();
  const isLeaving = useIsLeaving(definition, id);
  const find = async () => {
    const found = (await list(caller)).find((item) => idOf(item) === id);
    if (!found) throw new Error(id);
    return found;
  };
  return useQuery({
    queryKey: keyOf(kind, 'one', id),
    queryFn: () => (get ? get(caller, id) : find()),
    enabled: !isLeaving,
  });
}

/** Carries out an action on one or many; what fails is told, and the rest is done. */
export function useAct<T>({ kind }: Pick<ResourceDefinition<T>, 'kind'>) {
  const { caller } = useSession();
  const queries = useQueryClient();
  return useMutation({
    mutationKey: actKey(kind),
    mutationFn: async ({ action, items }: Act<T>) => {
      const results = await Promise.allSettled(items.map((item) => action.run(caller, item)));
      for (const result of results) if (result.status === 'rejected') tellFailure(result.reason);
    },
    // Nobody asks for what is gone: its page is left.
    onSettled: (_done, _thrown, { action }) => {
      void queries.invalidateQueries({ queryKey: action.isDangerous ? keyOf(kind, 'list') : keyOf(kind) });
    },
  });
}
