import { expect, it } from 'vitest';
import type { Json } from './json.ts';
import { PURE_CONSTRAINTS } from './custom-constraints.ts';

const NOW = new Date('2030-01-01T00:00:00Z');
const check = (name: string, value: Json) => PURE_CONSTRAINTS[name]?.(value, NOW);

it.each<[string, readonly string[]]>([
  ['ip_addr', ['10.0.0.1', '::1', 'fe80::1', '::ffff:1.2.3.4']],
  ['net_cidr', ['10.0.0.0/8', '10.1.2.3/32', '2001:db8::/32', '0.0.0.0/0']],
  ['ip_or_cidr', ['10.0.0.1', '10.0.0.0/8', '::1']],
  ['mac_addr', ['52:54:00:ab:cd:ef', '52-54-00-AB-CD-EF', '525400abcdef', '5254.00ab.cdef']],
  ['dns_name', ['', 'host', 'a.example.com', 'a.example.com.', 'x-1.y', '1.2']],
  ['rel_dns_name', ['', 'host', 'a.b']],
  ['dns_domain', ['', 'example.com.']],
  [
    'iso_8601',
    [
      '2030-01-01',
      '2030-01-01T00:00:00',
      '2030-01-01T00:00:00Z',
      '2030-01-01 10:00:00.5+02:00',
      '20300101T101010Z',
      '2030-01-01T10:00+0200',
    ],
  ],
  ['expiration', ['', '2030-01-01T00:00:01', '2030-01-01T00:00:01Z', '2031', '2030-01-01T01:30:00+01:00']],
  ['timezone', ['', 'UTC', 'Europe/Berlin', 'US/Eastern']],
  [
    'cron_expression',
    ['', '* * * * *', '0 */6 1-15 jan,mar mon-fri', '0 0 l * *', '@daily', '5 4 * * 0 30', '0 0 * * 1#2'],
  ],
  ['json_string', ['{}', '[1]', '"x"', 'null']],
])('%s takes %j', (name, values) => {
  expect(values.map((value) => check(name, value))).toEqual(values.map(() => null));
});

it.each<[string, readonly Json[]]>([
  ['ip_addr', ['', '10.0.0', '10.0.0.256', '10.0.0.1/8', '010.0.0.1x', 'fe80::1%eth0', 5, null, ' 10.0.0.1']],
  [
    'net_cidr',
    ['10.0.0.1', '10.0.0.1/8', '10.0.0.0/33', '::/129', 'x/8', '10.0.0.0/8/8', '10.0.0.0/8 ', '10.0.0.0/', 5],
  ],
  ['ip_or_cidr', ['x', '10.0.0.1/8', '']],
  ['mac_addr', ['', '52:54:00:ab:cd', '52:54:00:ab:cd:eg', '52:54-00:ab:cd:ef', '52:54:00:ab:cd:ef:00']],
  ['dns_name', ['-a', 'a-', 'a..b', 'a_b', 'x'.repeat(64), `${'a.'.repeat(140)}b`, 'example.123.']],
  ['rel_dns_name', ['a.', 'x'.repeat(253)]],
  ['dns_domain', ['example.com', '-a.']],
  ['iso_8601', ['', 'x', '2030-13-01', '2030-01-01T25:00', '1. January']],
  ['expiration', ['2029-12-31T23:59:59', 'x', '2030-01-01T00:30:00+01:00']],
  ['timezone', ['Mars/Base', 'x y']],
  [
    'cron_expression',
    [
      'x',
      '* * * *',
      '60 * * * *',
      '* 24 * * *',
      '* * 0 * *',
      '* * * 13 *',
      '* * * * 8',
      '*/0 * * * *',
      '* * * foo *',
    ],
  ],
  ['json_string', ['{a', '', 5]],
])('%s refuses %j', (name, values) => {
  expect(values.map((value) => typeof check(name, value))).toEqual(values.map(() => 'string'));
});

it('has no constraint that objects inherit', () => {
  expect(PURE_CONSTRAINTS['constructor']).toBeUndefined();
});
