import { SegmentedControl, SimpleGrid, Stack } from '@mantine/core';
import { useQueries } from '@tanstack/react-query';
import { lazy, Suspense, useMemo, useState } from 'react';
import type { ShownContainer } from '../../../../../src/sdk/containers.ts';
import { useText, type MessageKey } from '../../../messages/messages.tsx';
import { Failure } from '../../../parts/failure.tsx';
import { Panel } from '../../../parts/panel.tsx';
import { sizeOf } from '../../../parts/size.ts';
import { keyOf } from '../../../resources/use-resources.ts';
import type { BrowserCaller } from '../../../session/browser-caller.ts';
import { useCaller } from '../../../session/session.tsx';

const Graph = lazy(async () => ({ default: (await import('../../../parts/graph.tsx')).Graph }));

/** As the nodes keep it: seconds in each figure, and how often there is a new one. */
const SPANS = {
  hour: { seconds: 10, refresh: 10_000 },
  day: { seconds: 60, refresh: 60_000 },
  week: { seconds: 600, refresh: 600_000 },
} as const;
type Span = keyof typeof SPANS;

interface Chart {
  readonly title: MessageKey;
  readonly metrics: Readonly<Record<string, MessageKey>>;
  readonly shown: (value: number) => string;
}

const rateOf = (bytes: number): string => `${sizeOf(bytes)}/s`;

const CHARTS: readonly Chart[] = [
  {
    title: 'workload.cpu',
    metrics: { cpu_util: 'workload.cpu' },
    shown: (percent) => `${percent.toFixed(1)} %`,
  },
  {
    title: 'workload.memory',
    metrics: { 'memory.usage': 'workload.memory' },
    shown: (mb) => sizeOf(mb * 2 ** 20),
  },
  {
    title: 'workload.network',
    metrics: { 'network.incoming.bytes.rate': 'workload.in', 'network.outgoing.bytes.rate': 'workload.out' },
    shown: rateOf,
  },
  {
    title: 'workload.disk',
    metrics: {
      'disk.device.read.bytes.rate': 'workload.read',
      'disk.device.write.bytes.rate': 'workload.written',
    },
    shown: rateOf,
  },
];

const COLORS = ['#0d9488', '#6366f1'];

/** What a workload used. */
export function Graphs({ item: { uuid } }: { readonly item: Pick<ShownContainer, 'uuid'> }) {
  const text = useText();
  const [span, setSpan] = useState<Span>('hour');
  return (
    <Stack>
      <SegmentedControl
        size="xs"
        w="fit-content"
        aria-label={text('workload.graphs')}
        value={span}
        onChange={(chosen) => setSpan(chosen)}
        data={(['hour', 'day', 'week'] as const).map((one) => ({
          value: one,
          label: text(`workload.${one}`),
        }))}
      />
      <SimpleGrid cols={{ base: 1, md: 2 }}>
        {CHARTS.map((chart) => (
          <ChartPanel key={chart.title} chart={chart} id={uuid} span={span} />
        ))}
      </SimpleGrid>
    </Stack>
  );
}

interface ChartProps {
  readonly chart: Chart;
  readonly id: string;
  readonly span: Span;
}

function ChartPanel({ chart: { title, metrics, shown }, id, span }: ChartProps) {
  const text = useText();
  const caller = useCaller();
  const { seconds, refresh } = SPANS[span];
  const answers = useQueries({
    queries: Object.keys(metrics).map((name) => ({
      queryKey: keyOf('measures', id, name, span),
      queryFn: () => measuresOf(caller, { id, name, seconds }),
      refetchInterval: refresh,
    })),
  });
  const series = answers.map(({ data }) => data);
  const data = useMemo(() => aligned(series), series); // oxlint-disable-line react-hooks/exhaustive-deps
  const failed = answers.find(({ error }) => error);
  const lines = Object.values(metrics).map((line, at) => ({ title: text(line), color: COLORS[at] ?? '' }));
  return (
    <Panel title={text(title)}>
      {failed && <Failure thrown={failed.error} retry={() => void failed.refetch()} />}
      {data[0].length === 0 ? (
        <p className="quiet">{text('workload.noMeasures')}</p>
      ) : (
        <Suspense fallback={null}>
          <Graph label={text(title)} lines={lines} data={data} shown={shown} />
        </Suspense>
      )}
    </Panel>
  );
}

type Measure = readonly [time: string, granularity: number, value: number];

const measuresOf = (
  caller: BrowserCaller,
  { id, name, seconds }: { readonly id: string; readonly name: string; readonly seconds: number },
): Promise<readonly Measure[]> => {
  const path = `/v1/resource/container/${id}/metric/${name}/measures`;
  return caller.call('metric', 'GET', path, { query: { granularity: String(seconds) } });
};

/** Every moment that one of them knows, with what each knows of it. */
function aligned(series: readonly (readonly Measure[] | undefined)[]): [number[], ...(number | null)[][]] {
  const known = series.map(
    (one) => new Map((one ?? []).map(([time, , value]) => [Date.parse(time) / 1000, value])),
  );
  const moments = [...new Set(known.flatMap((one) => [...one.keys()]))].toSorted((a, b) => a - b);
  return [moments, ...known.map((one) => moments.map((moment) => one.get(moment) ?? null))];
}
