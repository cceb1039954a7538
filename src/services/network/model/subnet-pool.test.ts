import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatCidr, overlaps, parseCidr } from './addresses.ts';
import { compactPrefixes, cutFree, withoutPrefixes, type SubnetPool } from './subnet-pool.ts';

const pool = (...prefixes: string[]): SubnetPool => ({
  id: 'pool',
  projectId: 'p',
  name: '',
  description: '',
  tags: [],
  revision: 1,
  createdAt: '',
  updatedAt: '',
  ipVersion: 4,
  prefixes,
  minPrefixlen: 8,
  maxPrefixlen: 32,
  defaultPrefixlen: 24,
  isDefault: false,
  addressScopeId: null,
  defaultQuota: null,
});

describe('prefixes of a pool', () => {
  it('are sorted, each once, with halves made whole', () => {
    const given = [
      '10.0.3.0/24',
      '10.0.0.0/24',
      '10.0.2.0/24',
      '10.0.1.0/24',
      '10.0.1.128/25',
      '10.9.0.0/24',
    ];
    expect(compactPrefixes(4, given)).toEqual(['10.0.0.0/22', '10.9.0.0/24']);
    expect(compactPrefixes(4, ['10.0.1.0/24', '10.0.2.0/24'])).toEqual(['10.0.1.0/24', '10.0.2.0/24']);
  });

  it('lose what is taken out, and are whole again with it', () => {
    fc.assert(
      fc.property(fc.integer({ min: 17, max: 32 }), fc.nat(65_535), (prefix, at) => {
        const first =
          parseCidr('10.0.0.0/16').first + ((BigInt(at) >> BigInt(32 - prefix)) << BigInt(32 - prefix));
        const removed = formatCidr({ version: 4, first, prefix });
        const rest = withoutPrefixes(pool('10.0.0.0/16'), [removed]);
        expect(rest.some((one) => overlaps(parseCidr(one), parseCidr(removed)))).toBe(false);
        expect(compactPrefixes(4, [...rest, removed])).toEqual(['10.0.0.0/16']);
      }),
    );
  });

  it('are never of two versions, and never none', () => {
    expect(() => compactPrefixes(4, ['10.0.0.0/8', 'fd00::/8'])).toThrow(/mix/);
    expect(() => compactPrefixes(4, [])).toThrow(/Empty/);
  });
});

describe('blocks cut from a pool', () => {
  it('are aligned, inside, and never overlap, until the pool is full', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 24, max: 28 }), { maxLength: 20 }), (lengths) => {
        const space = pool('10.0.0.0/22');
        const taken: ReturnType<typeof cutFree>[] = [];
        for (const length of lengths) {
          let cut: ReturnType<typeof cutFree>;
          try {
            cut = cutFree(space, length, taken);
          } catch (thrown) {
            expect((thrown as { code: string }).code).toBe('SubnetAllocationError');
            continue;
          }
          expect(parseCidr(formatCidr(cut))).toEqual(cut);
          expect(overlaps(cut, parseCidr('10.0.0.0/22'))).toBe(true);
          expect(taken.some((other) => overlaps(other, cut))).toBe(false);
          taken.push(cut);
        }
      }),
    );
  });

  it('are refused when only smaller ones are left', () => {
    const taken = ['10.0.0.0/25'].map(parseCidr);
    expect(() => cutFree(pool('10.0.0.0/24'), 24, taken)).toThrow(/Insufficient/);
    expect(formatCidr(cutFree(pool('10.0.0.0/24'), 25, taken))).toBe('10.0.0.128/25');
  });
});
