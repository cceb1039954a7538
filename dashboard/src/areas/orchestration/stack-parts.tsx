import { useQuery } from '@tanstack/react-query';
import { useText } from '../../messages/messages.tsx';
import { Failure } from '../../parts/failure.tsx';
import { SmallTable } from '../../parts/small-table.tsx';
import { State } from '../../parts/state.tsx';
import { Time } from '../../parts/time.tsx';
import { keyOf } from '../../resources/use-resources.ts';
import { useCaller } from '../../session/session.tsx';
import type { ShownStack } from './stacks.tsx';

export interface Resource {
  readonly resource_name: string;
  readonly resource_type: string;
  readonly resource_status: string;
  readonly resource_status_reason: string;
  /** By name. */
  readonly required_by: readonly string[];
  readonly physical_resource_id: string;
}

interface Event extends Resource {
  readonly id: string;
  readonly event_time: string;
}

interface ShownProps {
  readonly item: ShownStack;
}

export function useParts<T>({ id, stack_name: name }: ShownStack, collection: 'resources' | 'events') {
  const caller = useCaller();
  return useQuery({
    queryKey: keyOf('stack', collection, id),
    queryFn: async () =>
      (await caller.call<Record<string, T[]>>('orchestration', 'GET', `/stacks/${name}/${id}/${collection}`))[
        collection
      ],
  });
}

export function StackResources({ item }: ShownProps) {
  const text = useText();
  const { data = [], error, refetch } = useParts<Resource>(item, 'resources');
  if (error) return <Failure thrown={error} retry={() => void refetch()} />;
  return (
    <SmallTable
      label={text('stack.resources')}
      heads={[text('column.name'), text('stack.type'), text('column.state'), text('column.why')]}
      rows={data.map((resource) => [
        resource.resource_name,
        <span className="mono">{resource.resource_type}</span>,
        <State state={resource.resource_status} />,
        resource.resource_status_reason,
      ])}
    />
  );
}

export function StackEvents({ item }: ShownProps) {
  const text = useText();
  const { data = [], error, refetch } = useParts<Event>(item, 'events');
  if (error) return <Failure thrown={error} retry={() => void refetch()} />;
  return (
    <SmallTable
      label={text('stack.events')}
      heads={[text('column.created'), text('column.name'), text('column.state'), text('column.why')]}
      rows={data
        .toReversed()
        .map((event) => [
          <Time at={event.event_time} />,
          event.resource_name,
          <State state={event.resource_status} />,
          event.resource_status_reason,
        ])}
    />
  );
}
