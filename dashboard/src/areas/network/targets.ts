import { Capsules } from '../../../../src/sdk/capsules.ts';
import { Containers } from '../../../../src/sdk/containers.ts';
import { collect } from '../../resources/collect.ts';
import type { BrowserCaller } from '../../session/browser-caller.ts';
import type { Choice } from './choices.ts';
import { PORTS } from './places.ts';
import type { Port } from './ports.tsx';

/** An address that a floating IP can lead to: `<port> <address>`. */
export const targetOf = (port: string, address: string): string => `${port} ${address}`;

export function portAndAddress(target: string) {
  const [port_id = '', fixed_ip_address = ''] = target.split(' ');
  return { port_id, fixed_ip_address };
}

/** IPv4 addresses of whatever is none of the network's own. @param device of this workload alone */
export async function targetChoices(caller: BrowserCaller, device?: string): Promise<Choice[]> {
  const query = device === undefined ? {} : { query: { device_id: device } };
  const [ports, names] = await Promise.all([
    collect<Port>(caller, { ...PORTS, ...query }),
    device === undefined ? workloadNames(caller) : new Map<string, string>(),
  ]);
  return ports
    .filter(({ device_owner: owner }) => !owner.startsWith('network:'))
    .flatMap(({ id, name, device_id: held, fixed_ips: ips }) =>
      ips
        .filter(({ ip_address: ip }) => !ip.includes(':'))
        .map(({ ip_address: ip }) => ({
          value: targetOf(id, ip),
          label: [names.get(held) ?? name, ip].filter(Boolean).join(' · '),
        })),
    );
}

async function workloadNames(caller: BrowserCaller): Promise<ReadonlyMap<string, string>> {
  const all = await Promise.all([new Containers(caller).list(), new Capsules(caller).list()]);
  return new Map(all.flat().map(({ uuid, name }) => [uuid, name]));
}
