import { expect, it } from 'vitest';
import { layoutOf } from './resource-graph.ts';

const node = (resource_name: string, ...required_by: string[]) => ({ resource_name, required_by });

it('puts each resource below all that it needs, and draws what hangs on what', () => {
  const { places, lines } = layoutOf([
    node('server'),
    node('port', 'server'),
    node('network', 'port', 'server'),
  ]);
  const at = Object.fromEntries(places.map(({ of, y }) => [of.resource_name, y]));
  expect(at['network']).toBe(0);
  expect(at['port']).toBeGreaterThan(at['network'] ?? 0);
  expect(at['server']).toBeGreaterThan(at['port'] ?? 0);
  expect(lines.map(({ key }) => key).toSorted()).toEqual(['network port', 'network server', 'port server']);
});

it('puts resources of a layer side by side, and ends where there is a circle', () => {
  const { places, width } = layoutOf([node('a'), node('b')]);
  expect(new Set(places.map(({ x }) => x)).size).toBe(2);
  expect(width).toBeGreaterThan(places[1]?.x ?? 0);
  expect(layoutOf([node('a', 'b'), node('b', 'a')]).places).toHaveLength(2);
  expect(layoutOf([]).places).toEqual([]);
});
