import { describe, expect, it } from 'vitest';
import { runChecks } from './check.ts';
import { networkChecks } from './network-checks.ts';

const look = (vnis: { first: number; last: number } | undefined, ...taken: number[]) =>
  runChecks(
    networkChecks({ network: vnis ? { vnis } : {} }, async (prefix) => {
      expect(prefix).toBe('hy');
      return taken.map((vni) => ({ prefix: 'two', vni }));
    }),
  );

describe('the check of VXLAN numbers', () => {
  it('says which cloud on this machine has numbers that this one may give', async () => {
    expect(await look(undefined, 7, 8)).toEqual([
      {
        name: 'VXLAN numbers',
        ok: false,
        problem:
          "the cloud with the prefix 'two' on this machine uses 7, 8, which this one may give to its networks too",
        mend: 'give each cloud numbers of its own: network.vnis in its config.yaml',
      },
    ]);
    expect(await look({ first: 1, last: 7 }, 7, 8)).toMatchObject([
      { problem: expect.stringContaining(' uses 7,') as unknown },
    ]);
  });

  it('is content where each has its own', async () => {
    expect(await look({ first: 1000, last: 2000 }, 7, 8)).toEqual([{ name: 'VXLAN numbers', ok: true }]);
    expect(await look(undefined)).toMatchObject([{ ok: true }]);
  });
});
