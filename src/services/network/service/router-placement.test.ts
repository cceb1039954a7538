import { describe, expect, it } from 'vitest';
import { planMoves } from './router-placement.ts';

describe('the moves of routers', () => {
  it('spread those of a dead node over the living, and leave all others', () => {
    const routers = [
      { id: 'r1', host: 'dead' },
      { id: 'r2', host: 'dead' },
      { id: 'r3', host: 'dead' },
      { id: 'r4', host: 'a' },
      { id: 'r5', host: 'away' },
    ];
    const kept = new Set(['a', 'b', 'away']);
    expect(planMoves(routers, { kept, living: ['a', 'b'] })).toEqual([
      { id: 'r1', from: 'dead', to: 'b' },
      { id: 'r2', from: 'dead', to: 'a' },
      { id: 'r3', from: 'dead', to: 'b' },
    ]);
  });
});
