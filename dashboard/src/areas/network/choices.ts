import { collect } from '../../resources/collect.ts';
import type { RestPlace } from '../../resources/rest.tsx';
import type { BrowserCaller } from '../../session/browser-caller.ts';
import type { Network } from './networks.tsx';
import { GROUPS, NETWORKS, SUBNETS } from './places.ts';
import type { Subnet } from './subnets.tsx';

/** What fields give to choose from. */
export interface Choice {
  readonly value: string;
  readonly label: string;
}

interface Named {
  readonly id: string;
  readonly name: string;
}

const choiceOf = ({ id, name }: Named): Choice => ({ value: id, label: name || id });

const choicesOf =
  <T extends Named>(place: RestPlace, isOne: (item: T) => boolean = () => true) =>
  async (caller: BrowserCaller): Promise<Choice[]> =>
    (await collect<T>(caller, place)).filter(isOne).map(choiceOf);

/** The networks that lead outside. */
export const outsideNetworks = choicesOf<Network>(NETWORKS, (network) => network['router:external']);
export const ownNetworks = choicesOf<Network>(NETWORKS, (network) => !network['router:external']);
export const groupChoices = choicesOf(GROUPS);

/** With the networks that they are of. */
export async function subnetChoices(caller: BrowserCaller): Promise<Choice[]> {
  const [subnets, networks] = await Promise.all([
    collect<Subnet>(caller, SUBNETS),
    collect<Network>(caller, NETWORKS),
  ]);
  const names = new Map(networks.filter((one) => !one['router:external']).map(({ id, name }) => [id, name]));
  return subnets
    .filter(({ network_id: id }) => names.has(id))
    .map(({ id, cidr, network_id: network }) => ({ value: id, label: `${names.get(network)} ${cidr}` }));
}
