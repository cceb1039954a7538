import { describe, expect, it } from 'vitest';
import { canonicalAddress, canonicalCidr, contains, disjoint, hexRange, linkLocal } from './addresses.ts';

describe('addresses', () => {
  it('are written as Linux prints them', () => {
    expect(canonicalAddress('FD00:0:0::00A')).toBe('fd00::a');
    expect(canonicalAddress('10.0.0.1')).toBe('10.0.0.1');
  });

  it.each(['', '10.0.1', '1', '0x7f.0.0.1', 'fd00::g', '10.0.0.1; drop', 'fe80::1%eth0'])(
    'refuse %j',
    (text) => {
      expect(() => canonicalAddress(text)).toThrow('is not an IP address');
    },
  );

  it('become the network they are in', () => {
    expect(canonicalCidr('10.1.2.3/8')).toBe('10.0.0.0/8');
    expect(canonicalCidr('10.1.2.3')).toBe('10.1.2.3/32');
    expect(canonicalCidr('fd00:0::5/64')).toBe('fd00::/64');
    expect(canonicalCidr('fd00::5')).toBe('fd00::5/128');
    expect(canonicalCidr('0.0.0.0/0')).toBe('0.0.0.0/0');
  });

  it.each(['10.0.0.0/33', 'fd00::/129', '10.0.0.0/x', '10.0.0.0/', '10.0.0.0/8/8'])(
    'refuse %j as a CIDR',
    (text) => {
      expect(() => canonicalCidr(text)).toThrow('is not');
    },
  );

  it('know what a CIDR holds', () => {
    expect(contains('10.0.0.0/8', '10.1.0.0/16')).toBe(true);
    expect(contains('10.1.0.0/16', '10.0.0.0/8')).toBe(false);
    expect(contains('0.0.0.0/0', 'fd00::1')).toBe(false);
  });

  it('lose repetition and overlap', () => {
    expect(disjoint(['10.0.0.1', '10.0.0.0/24', '10.0.0.1/32', '10.0.1.1'])).toEqual([
      '10.0.0.0/24',
      '10.0.1.1/32',
    ]);
  });

  it('derive the link-local one from the MAC', () => {
    expect(linkLocal('fa:16:3e:00:00:01')).toBe('fe80::f816:3eff:fe00:1');
    for (const mac of ['02:00:00:00:00:00', '00:02:00:00:00:00', 'ff:ff:ff:ff:ff:ff', '02:01:00:00:01:00'])
      expect(linkLocal(mac)).toBe(canonicalAddress(linkLocal(mac)));
  });

  it('give an IPv6 range in numbers', () => {
    expect(hexRange('fd00::/64')).toEqual({
      first: '0xfd000000000000000000000000000000',
      last: '0xfd00000000000000ffffffffffffffff',
    });
  });
});
