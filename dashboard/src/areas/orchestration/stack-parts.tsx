import { Alert, Stack } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from 'wouter';
import { useText } from '../../messages/messages.tsx';
import { Failure } from '../../parts/failure.tsx';
import { SmallTable } from '../../parts/small-table.tsx';
import { State } from '../../parts/state.tsx';
import { Time } from '../../parts/time.tsx';
import { keyOf } from '../../resources/use-resources.ts';
import { useCaller } from '../../session/session.tsx';
import { failuresOf } from './failures.ts';
import type { ShownStack } from './stacks.tsx';

export interface Resource {
  readonly resource_name: string;
  readonly resource_type: string;
  readonly resource_status: string;
  readonly resource_status_reason: string;
  /** By name. */
  readonly required_by: readonly string[];
  readonly physical_resource_id: string;
  readonly updated_time: string;
  /** Of the stack that it is in, where a resource has made that. */
  readonly parent_resource?: string;
  readonly links: readonly { readonly rel: string; readonly href: string }[];
}

interface Event {
  readonly id: string;
  readonly resource_name: string;
  readonly resource_status: string;
  readonly resource_status_reason: string;
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

/** One that is a stack of its own leads there. */
function Name({ of: { resource_name: name, physical_resource_id: id, links } }: { readonly of: Resource }) {
  return links.some(({ rel }) => rel === 'nested') ? <Link href={`/stacks/${id}`}>{name}</Link> : name;
}

/** Why it failed: the cause first, then what failed for it. */
function WhyFailed({ item: { id, stack_name: name } }: ShownProps) {
  const text = useText();
  const caller = useCaller();
  const { data = [] } = useQuery({
    queryKey: keyOf('stack', 'failures', id),
    queryFn: async () => {
      const path = `/stacks/${name}/${id}/resources`;
      const query = { nested_depth: '5' };
      const { resources } = await caller.call<{ resources: Resource[] }>('orchestration', 'GET', path, {
        query,
      });
      return failuresOf(resources);
    },
  });
  if (data.length === 0) return null;
  return (
    <Alert color="red" title={text('stack.whyFailed')}>
      <ol className="causes">
        {data.map(({ resource, depth }) => (
          <li key={`${depth} ${resource.resource_name}`}>
            <strong>{resource.resource_name}</strong> <span className="mono">{resource.resource_type}</span>
            <div>{resource.resource_status_reason}</div>
          </li>
        ))}
      </ol>
    </Alert>
  );
}

export function StackResources({ item }: ShownProps) {
  const text = useText();
  const { data = [], error, refetch } = useParts<Resource>(item, 'resources');
  if (error) return <Failure thrown={error} retry={() => void refetch()} />;
  return (
    <Stack>
      {item.stack_status.endsWith('_FAILED') && <WhyFailed item={item} />}
      <SmallTable
        label={text('stack.resources')}
        heads={[text('column.name'), text('stack.type'), text('column.state'), text('column.why')]}
        rows={data.map((resource) => [
          <Name of={resource} />,
          <span className="mono">{resource.resource_type}</span>,
          <State state={resource.resource_status} />,
          resource.resource_status_reason,
        ])}
      />
    </Stack>
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
