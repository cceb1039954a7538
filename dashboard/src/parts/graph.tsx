import 'uplot/dist/uPlot.min.css';
import { useComputedColorScheme } from '@mantine/core';
import { useEffect, useRef } from 'react';
import UPlot, { type AlignedData, type Options } from 'uplot';

export interface Line {
  readonly title: string;
  readonly color: string;
}

interface GraphProps {
  readonly label: string;
  readonly lines: readonly Line[];
  /** Moments in seconds, then the values of each line. */
  readonly data: AlignedData;
  /** A value with its unit. */
  readonly shown: (value: number) => string;
}

const HEIGHT_PX = 180;
const WORDS = '11px system-ui, sans-serif';

/** What something was, over time. */
export function Graph({ label, lines, data, shown }: GraphProps) {
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<UPlot>(null);
  const scheme = useComputedColorScheme('light');
  const drawn = useRef({ lines, shown, data });
  drawn.current = { lines, shown, data };
  useEffect(() => {
    const box = place.current;
    if (!box) return undefined;
    const drawing = new UPlot(optionsOf(box, drawn.current), drawn.current.data, box);
    plot.current = drawing;
    const watched = new ResizeObserver(() => drawing.setSize({ width: box.clientWidth, height: HEIGHT_PX }));
    watched.observe(box);
    return () => {
      watched.disconnect();
      drawing.destroy();
    };
  }, [scheme]);
  useEffect(() => plot.current?.setData(data), [data]);
  return <div ref={place} role="img" aria-label={label} className="graph" />;
}

function optionsOf(box: HTMLElement, { lines, shown }: Pick<GraphProps, 'lines' | 'shown'>): Options {
  const style = getComputedStyle(box);
  const axis = {
    stroke: style.color,
    font: WORDS,
    grid: { stroke: style.borderColor, width: 1 },
    ticks: { show: false },
  };
  const value = (_plot: UPlot, number: number | null) => (number === null ? '–' : shown(number));
  return {
    width: box.clientWidth,
    height: HEIGHT_PX,
    cursor: { y: false },
    scales: { y: { range: (_plot, _low, high) => [0, Math.max(high * 1.1, 1)] } },
    axes: [axis, { ...axis, size: 70, values: (_plot, marks) => marks.map(shown) }],
    series: [
      {},
      ...lines.map(({ title, color }) => ({
        label: title,
        stroke: color,
        width: 1.6,
        fill: `${color}22`,
        points: { show: false },
        value,
      })),
    ],
  };
}
