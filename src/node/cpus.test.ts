import { describe, expect, it } from 'vitest';
import { divide, divideCpus, parseCpuList, withCpus } from './cpus.ts';

const numa = [
  { cpus: [0, 1, 2, 3], mems: [0] },
  { cpus: [4, 5, 6, 7], mems: [1] },
];

describe('processors', () => {
  it('are read from lists as the kernel writes them', () => {
    expect(parseCpuList('0-2,4')).toEqual([0, 1, 2, 4]);
    expect(parseCpuList('5, 3,3')).toEqual([3, 5]);
    for (const wrong of ['', 'a', '3-1', '1-', '-1', '1,,2'])
      expect(() => parseCpuList(wrong)).toThrow('no list');
  });

  it('are divided by NUMA node into those that are given away whole and the rest', () => {
    expect(divide([2, 3, 4], numa)).toEqual({
      dedicated: [
        { cpus: [2, 3], mems: [0] },
        { cpus: [4], mems: [1] },
      ],
      shared: { cpus: [0, 1, 5, 6, 7], mems: [] },
    });
  });

  it('must be there, and one must be left', async () => {
    expect(() => divide([9], numa)).toThrow('has no CPU 9');
    expect(() => divide([0, 1, 2, 3, 4, 5, 6, 7], numa)).toThrow('must be left');
    await expect(divideCpus('4000')).rejects.toThrow('has no CPU 4000');
    expect(await divideCpus(undefined)).toEqual({ dedicated: [], shared: null });
  });

  it('keep those off who have none of their own', () => {
    const resources = { cpu: 1, memory: 64, pids: 10 };
    const cpus = divide([2], numa);
    expect(withCpus(resources, cpus).cpuset).toEqual(cpus.shared);
    const own = { cpus: [2], mems: [0] };
    expect(withCpus({ ...resources, cpuset: own }, cpus).cpuset).toEqual(own);
    expect(withCpus(resources, { dedicated: [], shared: null })).toEqual(resources);
  });
});
