import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  contains,
  defaultPools,
  eui64,
  findAddress,
  formatAddress,
  formatCidr,
  overlaps,
  parseAddress,
  parseCidr,
  parseNetwork,
  pickFree,
  toPool,
  toRange,
} from './addresses.ts';

describe('addresses', () => {
  it('survive being read and written, in both versions', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(4 as const, 6 as const),
        fc.bigInt(0n, (1n << 128n) - 1n),
        (version, bits) => {
          const value = version === 4 ? bits & 0xffff_ffffn : bits;
          expect(parseAddress(formatAddress(version, value))).toEqual({ version, value });
        },
      ),
    );
  });

  it.each(['', '1.2.3', '1.2.3.256', '01x', 'fe80::1%eth0', '::g', '10.0.0.0/8'])('are not %s', (text) => {
    expect(findAddress(text)).toBeUndefined();
  });

  it('are made of the MAC in a /64', () => {
    const { version, value } = eui64(parseCidr('2001:db8::/64'), 'fa:16:3e:00:00:01');
    expect(formatAddress(version, value)).toBe('2001:db8::f816:3eff:fe00:1');
  });
});

describe('CIDRs', () => {
  it('are refused with host bits, without a prefix, or with one too long', () => {
    expect(() => parseCidr('10.0.0.1/24')).toThrow(/'10\.0\.0\.0\/24' is recommended/);
    for (const text of ['10.0.0.0', '10.0.0.0/33', '10.0.0.0/x', '10.0.0.0/8/8'])
      expect(() => parseCidr(text)).toThrow();
    expect(formatCidr(parseNetwork('10.9.9.9/8'))).toBe('10.0.0.0/8');
    expect(formatCidr(parseNetwork('::1'))).toBe('::1/128');
  });

  it('contain their own addresses and overlap only in one version', () => {
    expect(contains(parseCidr('10.0.0.0/24'), parseAddress('10.0.0.255'))).toBe(true);
    expect(contains(parseCidr('10.0.0.0/24'), parseAddress('10.0.1.0'))).toBe(false);
    expect(overlaps(parseCidr('10.0.0.0/8'), parseCidr('10.1.0.0/16'))).toBe(true);
    expect(overlaps(parseCidr('0.0.0.0/0'), parseCidr('::/0'))).toBe(false);
  });
});

describe('pools', () => {
  const pools = (cidr: string, gateway: string | null) =>
    defaultPools(parseCidr(cidr), gateway === null ? null : parseAddress(gateway)).map((range) =>
      toPool(parseCidr(cidr).version, range),
    );

  it('leave out network, broadcast and gateway', () => {
    expect(pools('10.0.0.0/29', '10.0.0.1')).toEqual([{ start: '10.0.0.2', end: '10.0.0.6' }]);
    expect(pools('10.0.0.0/29', '10.0.0.3')).toEqual([
      { start: '10.0.0.1', end: '10.0.0.2' },
      { start: '10.0.0.4', end: '10.0.0.6' },
    ]);
    expect(pools('fd00::/126', null)).toEqual([{ start: 'fd00::1', end: 'fd00::3' }]);
  });

  it('give the first free address, another after a lost race, and none when full', () => {
    const range = [toRange({ start: '10.0.0.2', end: '10.0.0.4' })];
    const [first, second, third] = [0, 1, 2].map((at) => parseAddress('10.0.0.2').value + BigInt(at)) as [
      bigint,
      bigint,
      bigint,
    ];
    expect(pickFree(range, new Set())).toBe(first);
    expect(pickFree(range, new Set([first]), 1)).toBe(third);
    expect(pickFree(range, new Set([first]), 9)).toBe(second);
    expect(pickFree(range, new Set([first, second, third]))).toBeUndefined();
  });
});
