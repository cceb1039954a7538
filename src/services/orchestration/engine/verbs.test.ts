import { describe, expect, it } from 'vitest';
import { planVerb, type VerbSituation } from './verbs.ts';

type Row = VerbSituation['rows'][number];

const row = (id: string, more: Partial<Row> = {}): Row => ({
  id,
  name: id,
  action: 'CREATE',
  status: 'COMPLETE',
  traversal: 'old',
  needs: [],
  replacedBy: null,
  physicalId: `physical ${id}`,
  ...more,
});
const ask = (first: VerbSituation['first'], rows: readonly Row[], busy: readonly string[] = []) =>
  planVerb({ first, rows, traversal: 'now', busy: new Set(busy) });

const base = row('base');
const left = row('left', { needs: ['base'] });
const right = row('right', { needs: ['base'] });
const done = { traversal: 'now' };

describe('the plan of a verb', () => {
  it('has users go before what they use', () => {
    expect(ask('users', [base, left, right]).act).toEqual(['left', 'right']);
    expect(ask('users', [base, { ...left, ...done }, right]).act).toEqual(['right']);
    expect(ask('users', [base, { ...left, ...done }, { ...right, ...done }]).act).toEqual(['base']);
  });

  it('has what is used go before its users', () => {
    expect(ask('used', [base, left, right]).act).toEqual(['base']);
    expect(ask('used', [{ ...base, ...done }, left, right]).act).toEqual(['left', 'right']);
  });

  it('has all go at once where no order matters, but for what is under way', () => {
    expect(ask('none', [base, left, right], ['left']).act).toEqual(['base', 'right']);
  });

  it('ends when all are done, with nothing to do from the start too', () => {
    expect(ask('users', [{ ...base, ...done }]).outcome).toBe('complete');
    expect(ask('users', []).outcome).toBe('complete');
  });

  it('begins nothing more after a failure, and ends when nothing is under way', () => {
    const rows = [base, row('bad', { ...done, status: 'FAILED', action: 'CHECK' })];
    expect(ask('none', rows, ['base'])).toMatchObject({ act: [], outcome: 'working' });
    expect(ask('none', rows)).toMatchObject({ act: [], outcome: 'failed' });
  });

  it('passes over what was never made, failed to be made or is replaced', () => {
    const rows = [
      row('nothing', { physicalId: null }),
      row('broken', { status: 'FAILED' }),
      row('former', { replacedBy: 'base' }),
    ];
    expect(ask('users', [...rows, base]).act).toEqual(['base']);
  });
});
