import { describe, expect, it } from 'vitest';
import { rangeOf, rangeText } from './rule-words.ts';

const TCP = { ethertype: 'IPv4', protocol: 'tcp' } as const;
const ICMP = { ethertype: 'IPv4', protocol: 'icmp' } as const;
const ICMP6 = { ethertype: 'IPv6', protocol: 'icmp' } as const;

describe('the ports of a rule', () => {
  it.each([
    ['80', 80, 80],
    ['8000-8100', 8000, 8100],
    ['8000 – 8100', 8000, 8100],
    ['https', 443, 443],
    ['http-alt', 8080, 8080],
  ])('are read from %s', (words, port_range_min, port_range_max) => {
    expect(rangeOf(words, TCP)).toEqual({ port_range_min, port_range_max });
  });

  it('stay as they are where nobody knows the word, so that the API says so', () => {
    expect(rangeOf('gopherish', TCP).port_range_min).toBe('gopherish');
  });

  it('are shown with the name that is known', () => {
    const shown = (port_range_min: number | null, port_range_max: number | null) =>
      rangeText({ ...TCP, port_range_min, port_range_max });
    expect([shown(80, 80), shown(81, 81), shown(80, 90), shown(null, null)]).toEqual([
      '80 (http)',
      '81',
      '80–90',
      '',
    ]);
  });
});

describe('the type of an ICMP rule', () => {
  it('is another number in each version of IP', () => {
    expect(rangeOf('echo-request', ICMP)).toEqual({ port_range_min: 8, port_range_max: null });
    expect(rangeOf('echo-request', ICMP6)).toEqual({ port_range_min: 128, port_range_max: null });
  });

  it('may have a code', () => {
    expect(rangeOf('3/1', ICMP)).toEqual({ port_range_min: 3, port_range_max: 1 });
    expect(rangeText({ ...ICMP, port_range_min: 3, port_range_max: 1 })).toBe(
      '3 (destination-unreachable) / 1',
    );
    expect(rangeText({ ...ICMP, port_range_min: 8, port_range_max: null })).toBe('8 (echo-request)');
  });
});
