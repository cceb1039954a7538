import { ActionIcon, Tooltip } from '@mantine/core';
import {
  IconMaximize,
  IconMinus,
  IconNetwork,
  IconPlus,
  IconRouter,
  IconWorld,
  type Icon,
} from '@tabler/icons-react';
import { useMemo, type ReactNode } from 'react';
import { Link } from 'wouter';
import { useText } from '../../../messages/messages.tsx';
import { sizeOf } from '../../../parts/size.ts';
import { colorOf } from '../../../parts/state.tsx';
import type { Graph, Kind } from './graph.ts';
import { layoutOf, type Line, type Placed } from './layout.ts';
import { useView } from './use-view.ts';

export interface PictureProps {
  readonly graph: Graph;
  /** Bytes a second, by workload. */
  readonly traffic: ReadonlyMap<string, number>;
  /** What is on no other node stands out. */
  readonly host: string | null;
}

/** How things hang together: moved and zoomed by pointer and keys, each thing a link to its page. */
export function Picture({ graph, traffic, host }: PictureProps) {
  const text = useText();
  const layout = useMemo(() => layoutOf(graph), [graph]);
  const { frame, view, zoomIn, zoomOut, fit, handlers } = useView(layout);
  const hosts = [...new Set(graph.things.flatMap((thing) => thing.host ?? []))].toSorted();
  const isAside = ({ thing }: Placed) => host !== null && thing.kind === 'workload' && thing.host !== host;
  return (
    <div className="topology" ref={frame} {...handlers}>
      <svg
        width="100%"
        height="100%"
        role="group"
        tabIndex={0}
        aria-label={`${text('page.topology')}. ${text('topology.help')}`}
      >
        <g transform={`translate(${view.x} ${view.y}) scale(${view.scale})`}>
          {layout.lines.map((line) => (
            <Wire key={line.path} line={line} rate={traffic.get(line.link.from) ?? 0} />
          ))}
          {layout.placed.map((placed) => (
            <Shape
              key={placed.thing.id}
              placed={placed}
              isAside={isAside(placed)}
              rate={traffic.get(placed.thing.id) ?? 0}
              stripe={hosts.length > 1 ? hosts.indexOf(placed.thing.host ?? '') : -1}
            />
          ))}
        </g>
      </svg>
      <div className="topology-tools">
        <Tool title={text('topology.zoomIn')} onClick={zoomIn} icon={<IconPlus size={15} />} />
        <Tool title={text('topology.zoomOut')} onClick={zoomOut} icon={<IconMinus size={15} />} />
        <Tool title={text('topology.fit')} onClick={fit} icon={<IconMaximize size={15} />} />
      </div>
    </div>
  );
}

interface ToolProps {
  readonly title: string;
  readonly icon: ReactNode;
  readonly onClick: () => void;
}

const Tool = ({ title, icon, onClick }: ToolProps) => (
  <Tooltip label={title} position="left">
    <ActionIcon variant="default" aria-label={title} onClick={onClick}>
      {icon}
    </ActionIcon>
  </Tooltip>
);

/** As wide as what goes over it, by powers of ten. */
const widthOf = (rate: number): number => 1.5 + Math.min(Math.log10(1 + rate / 100), 6);

const Wire = ({ line: { link, path }, rate }: { readonly line: Line; readonly rate: number }) => (
  <path
    d={path}
    className={rate >= 1 ? 'wire flows' : 'wire'}
    strokeWidth={widthOf(rate)}
    data-from={link.from}
    data-to={link.to}
  />
);

interface ShapeProps {
  readonly placed: Placed;
  readonly isAside: boolean;
  readonly rate: number;
  /** Which node it is on, where there are several; -1 = none. */
  readonly stripe: number;
}

const ICONS: Readonly<Partial<Record<Kind, Icon>>> = {
  outside: IconWorld,
  router: IconRouter,
  network: IconNetwork,
};
const ICON_PX = 18;

const LETTERS_OF_NAME = 8;
const LETTERS_OF_DETAIL = 6.7;

const cut = (words: string, room: number, letter: number): string => {
  const most = Math.floor(room / letter);
  return words.length > most ? `${words.slice(0, most - 1)}…` : words;
};

function Shape({ placed, isAside, rate, stripe }: ShapeProps) {
  const { thing, x, y, width, height, isSmall } = placed;
  const { kind, name, state, detail, host } = thing;
  const words = [name, state, detail, host ?? '', rate >= 1 ? `${sizeOf(rate)}/s` : ''].filter(Boolean);
  const Sign = ICONS[kind];
  const room = width - (Sign ? 76 : 42);
  const isRound = kind === 'outside' || kind === 'network';
  return (
    <Link
      href={thing.path}
      className="shape"
      data-kind={kind}
      style={isAside ? { opacity: 0.25 } : undefined}
    >
      <title>{words.join(', ')}</title>
      <rect x={x} y={y} width={width} height={height} rx={isRound ? height / 2 : 9} />
      {stripe >= 0 && (
        <rect className="stripe" x={x + 3} y={y + 8} width={3} height={height - 16} fill={hueOf(stripe)} />
      )}
      <circle
        cx={isSmall ? x + width / 2 : x + 18}
        cy={y + height / 2}
        r={isSmall ? 6 : 4.5}
        fill={colorOf(state)}
      />
      {!isSmall && (
        <>
          <text x={x + 32} y={y + (detail ? height / 2 - 4 : height / 2 + 4)} className="shape-name">
            {cut(name, room, LETTERS_OF_NAME)}
          </text>
          <text x={x + 32} y={y + height / 2 + 13} className="shape-detail">
            {cut(detail, room, LETTERS_OF_DETAIL)}
          </text>
          {Sign && (
            <Sign
              className="sign"
              x={x + width - 20 - ICON_PX}
              y={y + (height - ICON_PX) / 2}
              size={ICON_PX}
              stroke={1.6}
            />
          )}
        </>
      )}
    </Link>
  );
}

/** Far from each other, however many there are. */
const hueOf = (index: number): string => `hsl(${(200 + index * 137.5) % 360} 65% 50%)`;
