import { collect } from '../../resources/collect.ts';
import type { BrowserCaller } from '../../session/browser-caller.ts';
import type { Network } from './networks.tsx';

interface Choice {
  readonly value: string;
  readonly label: string;
}

const choiceOf = ({ id, name }: { readonly id: string; readonly name: string }): Choice => ({
  value: id,
  label: name || id,
});

/** The networks that lead outside. */
export async function outsideNetworks(caller: BrowserCaller): Promise<Choice[]> {
  const networks = await collect<Network>(caller, {
    service: 'network',
    path: '/v2.0/networks',
    collection: 'networks',
  });
  return networks.filter((network) => network['router:external']).map(choiceOf);
}

interface Subnet {
  readonly id: string;
  readonly name: string;
  readonly cidr: string;
}

export async function subnetChoices(caller: BrowserCaller): Promise<Choice[]> {
  const subnets = await collect<Subnet>(caller, {
    service: 'network',
    path: '/v2.0/subnets',
    collection: 'subnets',
  });
  return subnets.map(({ id, name, cidr }) => ({ value: id, label: `${name} ${cidr}` }));
}

interface Port {
  readonly id: string;
  readonly device_owner: string;
  readonly fixed_ips: readonly { readonly ip_address: string }[];
}

/** Ports of workloads: what a floating address can lead to. */
export async function portChoices(caller: BrowserCaller): Promise<Choice[]> {
  const ports = await collect<Port>(caller, { service: 'network', path: '/v2.0/ports', collection: 'ports' });
  return ports
    .filter(({ device_owner: owner }) => !owner.startsWith('network:'))
    .map(({ id, fixed_ips: ips }) => ({
      value: id,
      label: ips.map(({ ip_address: ip }) => ip).join(', ') || id,
    }));
}
