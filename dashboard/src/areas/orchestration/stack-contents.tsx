import { useQuery } from '@tanstack/react-query';
import { useText } from '../../messages/messages.tsx';
import { CopyText } from '../../parts/copy-text.tsx';
import { Failure } from '../../parts/failure.tsx';
import { Panel } from '../../parts/panel.tsx';
import { SmallTable } from '../../parts/small-table.tsx';
import { keyOf } from '../../resources/use-resources.ts';
import { useCaller } from '../../session/session.tsx';
import type { ShownStack } from './stacks.tsx';
import { useStackTemplate } from './use-stack-template.ts';

interface Output {
  readonly output_key: string;
  readonly output_value: unknown;
  readonly description: string;
  readonly output_error?: string;
}

const wordsOf = (value: unknown): string =>
  typeof value === 'string' ? value : JSON.stringify(value, null, 2);

interface ShownProps {
  readonly item: ShownStack;
}

/** What it tells of itself. */
export function StackOutputs({ item: { id, stack_name: name } }: ShownProps) {
  const text = useText();
  const caller = useCaller();
  const { data, error, refetch } = useQuery({
    queryKey: keyOf('stack', 'outputs', id),
    queryFn: async () =>
      (await caller.call<{ stack: { outputs?: Output[] } }>('orchestration', 'GET', `/stacks/${name}/${id}`))
        .stack.outputs ?? [],
  });
  if (error) return <Failure thrown={error} retry={() => void refetch()} />;
  return (
    <SmallTable
      label={text('stack.outputs')}
      heads={[text('column.name'), text('stack.value'), text('column.description')]}
      rows={(data ?? []).map((output) => [
        output.output_key,
        <pre className="output">{output.output_error ?? wordsOf(output.output_value)}</pre>,
        output.description,
      ])}
    />
  );
}

export function StackTemplate({ item }: ShownProps) {
  const text = useText();
  const { data, error, refetch } = useStackTemplate(item);
  if (error) return <Failure thrown={error} retry={() => void refetch()} />;
  return (
    <Panel title={text('stack.template')} actions={data !== undefined && <CopyText value={data} />}>
      <pre className="command" tabIndex={0}>
        {data}
      </pre>
    </Panel>
  );
}
