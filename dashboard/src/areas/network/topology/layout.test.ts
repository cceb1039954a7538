import { describe, expect, it } from 'vitest';
import type { Graph, Kind, Thing } from './graph.ts';
import { layoutOf, type Placed } from './layout.ts';

const thing = (kind: Kind, id: string): Thing => ({
  id,
  kind,
  name: id,
  state: 'ACTIVE',
  path: `/${id}`,
  detail: '',
  host: null,
});
const many = (count: number, name = 'w') => Array.from({ length: count }, (_, at) => `${name}${at}`);

/** Two networks behind a router, one by itself, one workload on two networks, one on none. */
function cloud(workloads: number): Graph {
  const hanging = many(workloads);
  return {
    things: [
      thing('outside', 'public'),
      thing('router', 'edge'),
      ...['lonely', 'left', 'right'].map((id) => thing('network', id)),
      ...[...hanging, 'both', 'none'].map((id) => thing('workload', id)),
    ],
    links: [
      { from: 'edge', to: 'public' },
      { from: 'left', to: 'edge' },
      { from: 'right', to: 'edge' },
      { from: 'both', to: 'left' },
      { from: 'both', to: 'right' },
      ...hanging.map((from) => ({ from, to: 'left' })),
    ],
  };
}

const overlap = (a: Placed, b: Placed): boolean =>
  a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;

const overlapping = (placed: readonly Placed[]) =>
  placed.flatMap((a, at) =>
    placed.slice(at + 1).flatMap((b) => (overlap(a, b) ? [`${a.thing.id} ${b.thing.id}`] : [])),
  );

describe('the picture', () => {
  it.each([0, 1, 5, 24, 25, 300])('gives each thing a place of its own, with %i workloads', (count) => {
    const graph = cloud(count);
    const { placed, lines, width, height } = layoutOf(graph);
    expect(placed.map(({ thing: { id } }) => id).toSorted()).toEqual(
      graph.things.map(({ id }) => id).toSorted(),
    );
    expect(overlapping(placed)).toEqual([]);
    expect(lines).toHaveLength(graph.links.length);
    expect(
      placed.every(
        ({ x, y, ...box }) => x >= 0 && y >= 0 && x + box.width <= width && y + box.height <= height,
      ),
    ).toBe(true);
  });

  it('keeps the networks of a router together, and the router above their middle', () => {
    const { placed } = layoutOf(cloud(3));
    const at = (id: string) => placed.find((one) => one.thing.id === id) as Placed;
    const order = ['left', 'right', 'lonely'].map((id) => at(id).x);
    expect(order).toEqual(order.toSorted((a, b) => a - b));
    const ends = [at('left').x, at('right').x + at('right').width];
    expect(at('edge').x).toBeGreaterThan(ends[0] as number);
    expect(at('edge').x + at('edge').width).toBeLessThan(ends[1] as number);
    expect(['public', 'edge', 'left', 'w0'].map((id) => at(id).y)).toEqual(
      ['public', 'edge', 'left', 'w0'].map((id) => at(id).y).toSorted((a, b) => a - b),
    );
  });

  it('shows many workloads as dots, and an empty cloud as nothing', () => {
    const small = (count: number) => layoutOf(cloud(count)).placed.some(({ isSmall }) => isSmall);
    expect([small(10), small(100)]).toEqual([false, true]);
    expect(layoutOf({ things: [], links: [] })).toMatchObject({ placed: [], lines: [] });
  });
});
