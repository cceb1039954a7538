import { collect } from '../../resources/collect.ts';
import { restCreate, restUpdate, restVerbs } from '../../resources/rest.tsx';
import type { BrowserCaller } from '../../session/browser-caller.ts';
import { GROUPS, PORTS, RULES } from './places.ts';
import type { Port } from './ports.tsx';
import { rangeOf, type Range } from './rule-words.ts';
import type { SecurityGroup } from './security-groups.tsx';
import { listOf } from './words.ts';

const TCP = { ethertype: 'IPv4', protocol: 'tcp' } as const;

/** Lets everybody reach a port there, by a group that all who open the same share. @param words `80, https` */
export async function openPorts(caller: BrowserCaller, id: string, words: string): Promise<void> {
  const ranges = listOf(words).map((word) => rangeOf(word, TCP));
  const name = `open-${ranges.map(({ port_range_min: from, port_range_max: until }) => (from === until ? from : `${from}-${until}`)).join('-')}`;
  const known = await collect<SecurityGroup>(caller, { ...GROUPS, query: { name } });
  const group = known[0]?.id ?? (await openGroup(caller, name, ranges));
  const port = await restVerbs<Port>(PORTS).get(caller, id);
  const groups = [...new Set([...port.security_groups, group])];
  await restUpdate(caller, PORTS, { id, change: { security_groups: groups } });
}

/** One that is made in part is not left behind. */
async function openGroup(caller: BrowserCaller, name: string, ranges: readonly Range[]): Promise<string> {
  const { id } = await restCreate<SecurityGroup>(caller, GROUPS, { name });
  try {
    for (const range of ranges)
      await restCreate(caller, RULES, { security_group_id: id, direction: 'ingress', ...TCP, ...range });
  } catch (thrown) {
    await caller.call('network', 'DELETE', `${GROUPS.path}/${id}`);
    throw thrown;
  }
  return id;
}
