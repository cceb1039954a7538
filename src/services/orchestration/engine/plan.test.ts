import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { currentRows, plan, type Known } from './plan.ts';

const NOW = 'now';
const wanted = (graph: Record<string, readonly string[]>) =>
  new Map(Object.entries(graph).map(([name, needs]) => [name, new Set(needs)]));
const row = (name: string, more: Partial<Known> = {}): Known => ({
  id: `${name}-1`,
  name,
  status: 'COMPLETE',
  traversal: NOW,
  needs: [],
  replacedBy: null,
  ...more,
});
const none = new Set<string>();

describe('a plan', () => {
  it('begins with what needs nothing, side by side', () => {
    const graph = wanted({ net: [], volume: [], subnet: ['net'] });
    const { converge, outcome } = plan({ wanted: graph, rows: [], traversal: NOW, busy: none });
    expect([converge, outcome]).toEqual([['net', 'volume'], 'working']);
  });

  it('goes on with what has all that it needs', () => {
    const graph = wanted({ net: [], subnet: ['net'] });
    expect(plan({ wanted: graph, rows: [row('net')], traversal: NOW, busy: none }).converge).toEqual([
      'subnet',
    ]);
  });

  it('starts nothing twice, and is complete when all is settled', () => {
    const graph = wanted({ net: [] });
    expect(plan({ wanted: graph, rows: [], traversal: NOW, busy: new Set(['net']) }).converge).toEqual([]);
    expect(plan({ wanted: graph, rows: [row('net')], traversal: NOW, busy: none }).outcome).toBe('complete');
  });

  it('makes again what is being taken away only when that has ended', () => {
    const situation = {
      wanted: wanted({ net: [] }),
      rows: [row('net', { traversal: 'before' })],
      traversal: NOW,
    };
    expect(plan({ ...situation, busy: new Set(['net-1']) })).toMatchObject({
      converge: [],
      outcome: 'working',
    });
    expect(plan({ ...situation, busy: none }).converge).toEqual(['net']);
  });

  it('settles again what an older change made', () => {
    const rows = [row('net', { traversal: 'before' })];
    expect(plan({ wanted: wanted({ net: [] }), rows, traversal: NOW, busy: none }).converge).toEqual(['net']);
  });

  it('begins nothing after a failure, and has failed when what ran has ended', () => {
    const graph = wanted({ net: [], volume: [] });
    const rows = [row('net', { status: 'FAILED' })];
    const still = plan({ wanted: graph, rows, traversal: NOW, busy: new Set(['volume']) });
    expect(still).toEqual({ converge: [], remove: [], outcome: 'working' });
    expect(plan({ wanted: graph, rows, traversal: NOW, busy: none }).outcome).toBe('failed');
  });

  it('goes on where a failure is of an older change', () => {
    const rows = [row('net', { status: 'FAILED', traversal: 'before' })];
    expect(plan({ wanted: wanted({ net: [] }), rows, traversal: NOW, busy: none }).converge).toEqual(['net']);
  });

  it('takes away users before what they use', () => {
    const rows = [row('net'), row('subnet', { needs: ['net-1'] })];
    const gone = new Map<string, ReadonlySet<string>>();
    expect(plan({ wanted: gone, rows, traversal: NOW, busy: none }).remove).toEqual(['subnet-1']);
    expect(plan({ wanted: gone, rows: rows.slice(0, 1), traversal: NOW, busy: none }).remove).toEqual([
      'net-1',
    ]);
    expect(plan({ wanted: gone, rows: [], traversal: NOW, busy: none }).outcome).toBe('complete');
  });

  it('takes away what was replaced once its users use the new one', () => {
    const graph = wanted({ net: [], subnet: ['net'] });
    const old = row('net', { replacedBy: 'net-2', traversal: 'before' });
    const fresh = row('net', { id: 'net-2' });
    const user = row('subnet', { needs: ['net-1'], traversal: 'before' });
    const rows = [old, fresh, user];
    expect(plan({ wanted: graph, rows, traversal: NOW, busy: none }).converge).toEqual(['subnet']);
    const moved = [old, fresh, { ...user, needs: ['net-2'], traversal: NOW }];
    expect(plan({ wanted: graph, rows: moved, traversal: NOW, busy: none }).remove).toEqual(['net-1']);
  });
});

/** A graph without circles: each name needs only earlier ones. */
const graphs = fc
  .array(fc.array(fc.nat(), { maxLength: 3 }), { maxLength: 12 })
  .map((lists) =>
    wanted(
      Object.fromEntries(
        lists.map((list, at) => [`r${at}`, at === 0 ? [] : [...new Set(list.map((n) => `r${n % at}`))]]),
      ),
    ),
  );

/** Carries plans out until one has nothing more to say. */
function carryOut(
  graph: ReadonlyMap<string, ReadonlySet<string>>,
  from: readonly Known[],
  traversal: string,
): Known[] {
  let rows = [...from];
  for (let round = 0; round < 100; round += 1) {
    const next = plan({ wanted: graph, rows, traversal, busy: none });
    if (next.outcome === 'complete') return rows;
    for (const name of next.converge) {
      const before = currentRows(rows).get(name);
      const needs = [...(graph.get(name) ?? [])].map((need) => currentRows(rows).get(need)?.id ?? 'missing');
      expect(needs).not.toContain('missing');
      rows = [
        ...rows.filter((other) => other !== before),
        row(name, { id: before?.id ?? `${name}-1`, needs, traversal }),
      ];
    }
    for (const id of next.remove) {
      expect(rows.some((other) => other.id !== id && other.needs.includes(id))).toBe(false);
      rows = rows.filter((other) => other.id !== id);
    }
  }
  throw new Error('It never ends.');
}

describe('plans carried out', () => {
  it('end with exactly what is wanted, from any stack to any other, and to nothing', () => {
    fc.assert(
      fc.property(graphs, graphs, (first, second) => {
        const made = carryOut(first, [], 'one');
        expect(made.map(({ name }) => name).toSorted()).toEqual([...first.keys()].toSorted());
        const changed = carryOut(second, made, 'two');
        expect(changed.map(({ name }) => name).toSorted()).toEqual([...second.keys()].toSorted());
        expect(carryOut(new Map(), changed, 'three')).toEqual([]);
      }),
    );
  });
});
