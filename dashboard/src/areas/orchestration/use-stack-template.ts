import { useQuery } from '@tanstack/react-query';
import { keyOf } from '../../resources/use-resources.ts';
import { useCaller } from '../../session/session.tsx';
import type { ShownStack } from './stacks.tsx';

/** The template that a stack was last given, as YAML. */
export function useStackTemplate({ id, stack_name: name }: ShownStack) {
  const caller = useCaller();
  return useQuery({
    queryKey: keyOf('stack', 'template', id),
    queryFn: async () => {
      const template = await caller.call<unknown>('orchestration', 'GET', `/stacks/${name}/${id}/template`);
      const { stringify } = await import('yaml');
      return stringify(template);
    },
  });
}
