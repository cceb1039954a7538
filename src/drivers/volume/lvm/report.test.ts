import { describe, expect, it } from 'vitest';
import { parseReport } from './report.ts';

const row = (name: string, changes: Readonly<Record<string, string>> = {}) => ({
  lv_name: name,
  lv_size: '8388608',
  lv_active: '',
  lv_tags: '',
  pool_lv: 'pool',
  data_percent: '0.00',
  metadata_percent: '',
  vg_extent_size: '4194304',
  ...changes,
});
const pool = row('pool', {
  lv_size: '260046848',
  lv_active: 'active',
  pool_lv: '',
  data_percent: '12.50',
  metadata_percent: '10.84',
});
const print = (...lv: readonly object[]) => JSON.stringify({ report: [{ lv }] });

describe('parseReport', () => {
  it('tells the pool from what is in it', () => {
    const text = print(pool, row('volume-a', { lv_active: 'active' }), row('snapshot-b', { lv_tags: 'x,y' }));
    expect(parseReport(text, 'pool')).toEqual({
      volumes: [
        { name: 'volume-a', bytes: 8388608, active: true, tags: [] },
        { name: 'snapshot-b', bytes: 8388608, active: false, tags: ['x', 'y'] },
      ],
      pool: { bytes: 260046848, dataPercent: 12.5, metadataPercent: 10.84 },
      extent: 4194304,
    });
  });

  it('leaves alone what is in the group but not in the pool', () => {
    const text = print(pool, row('root', { pool_lv: '' }), row('volume-a', { pool_lv: 'other' }));
    expect(parseReport(text, 'pool')?.volumes).toEqual([]);
  });

  it('knows that there is no pool', () => {
    expect(parseReport(print(row('root', { pool_lv: '' })), 'pool')).toBeUndefined();
    expect(parseReport(print(), 'pool')).toBeUndefined();
    expect(parseReport('{"report": [{}]}', 'pool')).toBeUndefined();
    expect(parseReport('', 'pool')).toBeUndefined();
  });
});
