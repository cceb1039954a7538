import { expect, it } from 'vitest';
import type { NodeInfo } from '#services/placement/port.ts';
import { pickPlace, type Occupancy } from './schedule.ts';

const FREE: Occupancy = { given: new Map(), closed: new Set() };
const anywhere = { size: 10, specs: {}, host: null };

const node = (hostname: string, state: NodeInfo['state'], total: number): NodeInfo => ({
  id: `id-${hostname}`,
  hostname,
  cpus: 2,
  memory: 2048,
  disk: 100,
  architecture: 'x86_64',
  osType: 'linux',
  os: 'Test',
  kernelVersion: '6',
  runtimes: [],
  networkDriver: 'linux',
  volumeBackends: [{ name: 'file', total, free: total, thin: false }],
  labels: {},
  state,
  disabled: false,
  disabledReason: null,
  forcedDown: false,
  lastSeen: '',
  allocated: { cpu: 0, memory: 0, disk: 0 },
});
const placed = (...nodes: NodeInfo[]) => pickPlace(nodes, anywhere, FREE)?.host;

it('gives a volume to the node with the most room', () => {
  expect(placed(node('a', 'up', 20), node('b', 'up', 30))).toBe('b');
});

it('lets a volume wait for a node that is away only when no node that is up has room', () => {
  expect(placed(node('a', 'away', 100), node('b', 'up', 20))).toBe('b');
  expect(placed(node('a', 'away', 100), node('b', 'up', 5))).toBe('a');
});

it('finds no place on nodes that are down, disabled, closed or full', () => {
  expect(placed(node('a', 'down', 100), { ...node('b', 'up', 100), disabled: true })).toBeUndefined();
  const full = { ...FREE, given: new Map([['a/file', 91]]) };
  expect(pickPlace([node('a', 'up', 100)], anywhere, full)).toBeUndefined();
  const closed = { ...FREE, closed: new Set(['a/file']) };
  expect(pickPlace([node('a', 'up', 100)], anywhere, closed)).toBeUndefined();
});
