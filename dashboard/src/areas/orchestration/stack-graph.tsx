import { useMemo } from 'react';
import { useText } from '../../messages/messages.tsx';
import { Failure } from '../../parts/failure.tsx';
import { colorOf } from '../../parts/state.tsx';
import { CARD, layoutOf } from './resource-graph.ts';
import { useParts, type Resource } from './stack-parts.tsx';
import type { ShownStack } from './stacks.tsx';

const LONGEST = 24;
const shortened = (name: string): string => (name.length > LONGEST ? `${name.slice(0, LONGEST - 1)}…` : name);

/** What hangs on what, from above, in the colours of their states: live while the stack is made. The list beside it says the same in words. */
export function StackGraph({ item }: { readonly item: ShownStack }) {
  const text = useText();
  const { data, error, refetch } = useParts<Resource>(item, 'resources');
  const layout = useMemo(() => layoutOf(data ?? []), [data]);
  if (error) return <Failure thrown={error} retry={() => void refetch()} />;
  return (
    <div className="panel stack-graph" tabIndex={0} role="group" aria-label={text('stack.graph')}>
      <svg
        width={layout.width + 2}
        height={layout.height + 2}
        viewBox={`-1 -1 ${layout.width + 2} ${layout.height + 2}`}
        role="img"
        aria-label={text('stack.graph')}
      >
        {layout.lines.map(({ key, path }) => (
          <path key={key} d={path} className="wire" fill="none" />
        ))}
        {layout.places.map(({ of, x, y }) => (
          <g key={of.resource_name} transform={`translate(${x},${y})`}>
            <title>{`${of.resource_name}: ${of.resource_status} ${of.resource_status_reason}`}</title>
            <rect width={CARD.width} height={CARD.height} rx={8} className="card" />
            <rect width={5} height={CARD.height} rx={2.5} style={{ fill: colorOf(of.resource_status) }} />
            <text x={16} y={20} className="name">
              {shortened(of.resource_name)}
            </text>
            <text x={16} y={37} className="type">
              {shortened(of.resource_type)}
            </text>
          </g>
        ))}
      </svg>
    </div>
  );
}
