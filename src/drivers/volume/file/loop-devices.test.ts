import { describe, expect, it } from 'vitest';
import { parseLoops } from './loop-devices.ts';

describe('parseLoops', () => {
  it('finds devices by their files, and tells which are about to go', () => {
    const rows = [
      { name: '/dev/loop0', 'back-file': '/volumes/a.raw', autoclear: false },
      { name: '/dev/loop1', 'back-file': '/volumes/b b.raw', autoclear: true },
      { name: '/dev/loop2', 'back-file': null, autoclear: false },
    ];
    expect(parseLoops(JSON.stringify({ loopdevices: rows }))).toEqual([
      ['/volumes/a.raw', { path: '/dev/loop0', leaving: false }],
      ['/volumes/b b.raw', { path: '/dev/loop1', leaving: true }],
    ]);
  });

  it('knows that there are none when nothing is printed', () => {
    expect(parseLoops('')).toEqual([]);
  });
});
