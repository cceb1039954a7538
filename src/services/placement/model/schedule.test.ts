import { describe, expect, it } from 'vitest';
import type { Claim, NodeInfo } from '../port.ts';
import { parseAmounts } from './amounts-query.ts';
import { stateAt } from './node.ts';
import { candidates, schedule } from './schedule.ts';

const node = (hostname: string, change: Partial<NodeInfo> = {}): NodeInfo => ({
  id: `id-${hostname}`,
  hostname,
  cpus: 2,
  memory: 2560,
  disk: 10,
  architecture: 'x86_64',
  osType: 'linux',
  os: 'Test',
  kernelVersion: '6',
  runtimes: ['crun'],
  networkDriver: 'linux',
  volumeBackends: [],
  labels: {},
  state: 'up',
  disabled: false,
  disabledReason: null,
  forcedDown: false,
  lastSeen: '',
  allocated: { cpu: 0, memory: 0, disk: 0 },
  ...change,
});
const claim = (change: Partial<Claim> = {}): Claim => ({
  consumer: 'c',
  projectId: 'p',
  userId: 'u',
  resources: { cpu: 1, memory: 512, disk: 1 },
  runtime: null,
  availabilityZone: null,
  host: null,
  hints: {},
  ...change,
});
const NO_HOST = { kind: 'unavailable', retryable: false, message: 'There are not enough hosts available.' };

describe('the scheduler', () => {
  it.each<[string, Partial<NodeInfo>, Partial<Claim>]>([
    ['is down', { state: 'down' }, {}],
    ['is disabled', { disabled: true }, {}],
    ['is not the one named', {}, { host: 'other' }],
    ['is in another zone', {}, { availabilityZone: 'zone-2' }],
    ['lacks the runtime', {}, { runtime: 'kata' }],
    ['lacks a label', { labels: { disk: 'ssd' } }, { hints: { 'label:rack': '1' } }],
    ['has a label of another value', { labels: { rack: '2' } }, { hints: { 'label:rack': '1' } }],
    ['has too little memory', {}, { resources: { cpu: 1, memory: 3073, disk: 1 } }],
    ['has too little disk', { allocated: { cpu: 0, memory: 0, disk: 10 } }, {}],
    ['has too few cores', { allocated: { cpu: 31.5, memory: 0, disk: 0 } }, {}],
  ])('passes over a node that %s', (_why, state, asked) => {
    expect(() => schedule([node('a', state)], claim(asked))).toThrow(expect.objectContaining(NO_HOST));
  });

  it('goes by labels, and by no other hint', () => {
    const nodes = [node('a'), node('b', { labels: { rack: '1' } })];
    const hints = { 'label:rack': '1', colour: 'red' };
    expect(schedule(nodes, claim({ hints })).hostname).toBe('b');
  });

  it('fills a node to what may be promised of it, and not beyond', () => {
    const all = { cpu: 32, memory: 3072, disk: 10 };
    expect(schedule([node('a')], claim({ resources: all })).hostname).toBe('a');
  });

  it('lets wait for a node that is away only what no other can have', () => {
    const [away, small] = [node('a', { state: 'away' }), node('b', { memory: 900 })];
    expect(schedule([away, small], claim()).hostname).toBe('b');
    expect(schedule([away, small], claim({ resources: { cpu: 1, memory: 1024, disk: 1 } })).hostname).toBe(
      'a',
    );
  });

  it('takes a node to be away for a minute, then to be down', () => {
    const seen = { state: 'down' as const, last_seen: '2026-01-01T00:00:00.000Z' };
    const states = ['00:59.999', '01:00.000'].map((at) => stateAt(seen, new Date(`2026-01-01T00:${at}Z`)));
    expect(states).toEqual(['away', 'down']);
    expect(stateAt({ ...seen, state: 'up' }, new Date('2026-02-01T00:00:00Z'))).toBe('up');
  });

  it('prefers the node with more left, and the first by name of equals', () => {
    const busy = node('a', { allocated: { cpu: 0, memory: 1024, disk: 0 } });
    expect(schedule([busy, node('b')], claim()).hostname).toBe('b');
    expect(schedule([node('b'), node('a')], claim()).hostname).toBe('a');
    expect(candidates([busy, node('b')], claim().resources).map(({ hostname }) => hostname)).toEqual([
      'b',
      'a',
    ]);
  });

  it('says for operators which filter left nobody', () => {
    expect(() => schedule([node('a')], claim({ runtime: 'kata' }))).toThrow(
      expect.objectContaining({ detail: 'The runtime filter left none of 1 nodes.' }),
    );
  });
});

describe('amounts in a query', () => {
  it('are read, and refused when they are none', () => {
    expect(parseAmounts('VCPU:2,DISK_GB:5')).toEqual({ cpu: 2, memory: 0, disk: 5 });
    expect(parseAmounts('VGPU:1')).toBeNull();
    for (const text of ['', 'VCPU', 'VCPU:0', 'VCPU:-1', 'NOPE:1', 'vcpu:1'])
      expect(() => parseAmounts(text)).toThrow(
        expect.objectContaining({ code: 'placement.query.bad_value' }),
      );
  });
});
