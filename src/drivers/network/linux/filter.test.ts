import { describe, expect, it } from 'vitest';
import type { FilterRule } from '../driver.ts';
import {
  baseRules,
  groupChange,
  groupOfSet,
  groupRules,
  groupsOf,
  portRemoval,
  portRules,
} from './filter.ts';

const MAC = 'fa:16:3e:00:00:01';

/** What every filtered port begins with, leaving and arriving. */
const OUT = ['meta l4proto vmap @liars', 'meta mark 1 goto deliver'];
const IN = ['meta mark 1 accept'];

const aRule = (rule: Partial<FilterRule>): FilterRule => ({
  direction: 'ingress',
  ipVersion: 4,
  protocol: null,
  portMin: null,
  portMax: null,
  remote: null,
  ...rule,
});

const rulesOf = (
  chain: string,
  rules: readonly FilterRule[],
  pairs: { mac: string; address: string }[] = [],
) =>
  portRules({
    device: 'hyp1',
    mac: MAC,
    addresses: [
      { address: '10.0.0.5', prefix: 24 },
      { address: 'fd00::5', prefix: 64 },
    ],
    filter: { rules, allowedPairs: pairs, stateful: true },
  })
    .split('\n')
    .filter((line) => line.startsWith(`add rule bridge hydria ${chain}-hyp1 `))
    .map((line) => line.slice(`add rule bridge hydria ${chain}-hyp1 `.length));

describe('port filter', () => {
  it('drops in both directions what no rule allows', () => {
    expect(rulesOf('from', [])).toEqual([...OUT, 'jump announce', 'drop']);
    expect(rulesOf('to', [])).toEqual([...IN, 'jump hear', 'drop']);
  });

  it.each<[string, Partial<FilterRule>, string]>([
    ['anything of a version', {}, 'ether type ip'],
    ['one port', { protocol: 6, portMin: 80, portMax: 80 }, 'ether type ip meta l4proto 6 th dport 80'],
    ['a port range', { protocol: 17, portMin: 1, portMax: 9 }, 'ether type ip meta l4proto 17 th dport 1-9'],
    [
      'an open range',
      { protocol: 17, portMin: null, portMax: 9 },
      'ether type ip meta l4proto 17 th dport 0-9',
    ],
    ['a whole protocol', { protocol: 132 }, 'ether type ip meta l4proto 132'],
    ['ICMP', { protocol: 1 }, 'ether type ip meta l4proto 1'],
    [
      'an ICMP type and code',
      { protocol: 1, portMin: 8, portMax: 0 },
      'ether type ip icmp type 8 icmp code 0',
    ],
    ['ICMP in IPv6', { protocol: 1, ipVersion: 6, portMin: 128 }, 'ether type ip6 icmpv6 type 128'],
    ['a CIDR', { remote: { cidr: '10.1.2.3/16' } }, 'ether type ip ip saddr 10.1.0.0/16'],
    ['a group', { ipVersion: 6, remote: { group: 'web' } }, 'ether type ip6 ip6 saddr @g6-web'],
  ])('lets %s in', (_, rule, match) => {
    expect(rulesOf('to', [aRule(rule)])).toEqual([...IN, `${match} accept`, 'jump hear', 'drop']);
  });

  it('matches the other end of what leaves, and passes it on to the receiver', () => {
    const rule = aRule({ direction: 'egress', remote: { cidr: '10.1.0.0/16' } });
    expect(rulesOf('from', [rule])).toEqual([
      ...OUT,
      'ether type ip ip daddr 10.1.0.0/16 goto deliver',
      'jump announce',
      'drop',
    ]);
    expect(rulesOf('to', [rule])).toEqual([...IN, 'jump hear', 'drop']);
  });

  it('says a rule once', () => {
    expect(rulesOf('to', [aRule({}), aRule({})])).toEqual([
      ...IN,
      'ether type ip accept',
      'jump hear',
      'drop',
    ]);
  });

  it('lets a sender claim its own MAC and addresses alone', () => {
    expect(rulesOf('guard', [])).toEqual([
      `ether saddr ${MAC} ip saddr { 10.0.0.5/32 } accept`,
      `ether saddr ${MAC} icmpv6 type nd-neighbor-advert @th,64,128 != { 0xfd000000000000000000000000000005, 0xfe80000000000000f8163efffe000001 } drop`,
      `ether saddr ${MAC} ip6 saddr { fd00::5/128, fe80::f816:3eff:fe00:1/128 } accept`,
      expect.stringMatching(`^ether saddr ${MAC} ip6 saddr :: icmpv6 type .* accept$`),
      `ether saddr ${MAC} ip saddr 0.0.0.0 udp sport . udp dport { 68 . 67 } accept`,
      `ether saddr ${MAC} arp saddr ether ${MAC} arp saddr ip { 0.0.0.0, 10.0.0.5/32 } accept`,
      'drop',
    ]);
  });

  it('adds allowed pairs, each MAC with its own addresses', () => {
    const pairs = [
      { mac: MAC.toUpperCase(), address: '10.0.0.0/24' },
      { mac: 'fa:16:3e:00:00:02', address: '10.9.0.1' },
    ];
    const guard = rulesOf('guard', [], pairs);
    expect(guard).toContain(`ether saddr ${MAC} ip saddr { 10.0.0.0/24 } accept`);
    expect(guard).toContain('ether saddr fa:16:3e:00:00:02 ip saddr { 10.9.0.1/32 } accept');
  });

  it('lets all pass where there is no filter', () => {
    const text = portRules({ device: 'hyp1', mac: MAC, addresses: [], filter: null });
    expect(text).toContain('add rule bridge hydria guard-hyp1 accept\n');
    expect(text).toContain('add rule bridge hydria from-hyp1 goto deliver\n');
    expect(text).toContain('add rule bridge hydria to-hyp1 accept\n');
  });

  it('is removed by text that also works where there is nothing', () => {
    const [add, , remove] = portRemoval('hyp1').split('\n');
    expect(add).toBe('add chain bridge hydria guard-hyp1');
    expect(remove).toBe('delete element bridge hydria guard { "hyp1" : goto guard-hyp1 }');
  });

  it('hears no DHCP server and no router from a workload, not even on an established connection', () => {
    const base = baseRules().split('\n');
    const lies = base.filter((line) => line.startsWith('add rule bridge hydria lies '));
    expect(lies.map((line) => line.split('lies ')[1])).toEqual([
      'udp sport . udp dport { 67 . 68, 547 . 546 } drop',
      'icmpv6 type { nd-router-advert, nd-redirect } drop',
    ]);
    expect(base).toContain('add element bridge hydria liars { udp : jump lies, icmpv6 : jump lies }');
    expect(rulesOf('from', [])[0]).toBe('meta l4proto vmap @liars');
  });

  it('takes nothing for an answer where no connections are kept', () => {
    const filter = { rules: [], allowedPairs: [], stateful: false };
    const text = portRules({ device: 'hyp1', mac: MAC, addresses: [], filter });
    expect(text).not.toContain('meta mark');
    expect(text).toContain('add rule bridge hydria from-hyp1 meta l4proto vmap @liars\n');
  });

  it('drops by default at every hook of the bridge', () => {
    const hooks = baseRules()
      .split('\n')
      .filter((line) => line.includes(' hook ') && line.includes('bridge'));
    expect(hooks).toHaveLength(3);
    expect(hooks.every((line) => line.includes('policy drop'))).toBe(true);
  });
});

describe('address groups', () => {
  it('replace their members, without overlap, by version', () => {
    const text = groupRules('web', ['10.0.0.1', '10.0.0.0/24', 'fd00::1']);
    expect(text).toContain(
      'flush set bridge hydria g4-web\nadd element bridge hydria g4-web { 10.0.0.0/24 }\n',
    );
    expect(text).toContain(
      'flush set bridge hydria g6-web\nadd element bridge hydria g6-web { fd00::1/128 }\n',
    );
  });

  it('keep the members they have while nobody has said them', () => {
    expect(groupRules('web', undefined)).not.toContain('flush');
    expect(groupRules('web', [])).toContain('flush');
  });

  it('changes by the difference alone', () => {
    const text = groupChange(
      'web',
      ['10.0.0.1', '10.0.0.2', 'fd00::1'],
      ['10.0.0.2', '10.1.0.0/16', 'fd00::1'],
    );
    expect(text.split('\n')).toEqual([
      'delete element bridge hydria g4-web { 10.0.0.1/32 }',
      'add element bridge hydria g4-web { 10.1.0.0/16 }',
      '',
    ]);
    expect(groupChange('web', ['10.0.0.1'], ['10.0.0.1'])).toBe('');
  });

  it('are those that rules name', () => {
    const rules = [aRule({ remote: { group: 'a' } }), aRule({ remote: { group: 'a' } }), aRule({})];
    expect(groupsOf({ rules, allowedPairs: [], stateful: true })).toEqual(['a']);
    expect(groupsOf(null)).toEqual([]);
  });

  it('are found again by the names of their sets', () => {
    expect(groupOfSet('g4-web-1')).toBe('web-1');
    expect(groupOfSet('other')).toBeUndefined();
  });
});
