import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { AdvertiseSpec, RouterInterface, RouterSpec } from '../driver.ts';
import { canonicalAddress, canonicalCidr } from '../addresses.ts';
import type { Daemons } from './daemon.ts';
import type { Names } from './names.ts';

export interface AdvertisersDeps {
  readonly names: Names;
  readonly daemons: Daemons;
  readonly directory: string;
}

/** IPv6 router advertisements: one process in the namespace of each router that has any to make. */
export class Advertisers {
  readonly #deps: AdvertisersDeps;

  constructor(deps: AdvertisersDeps) {
    this.#deps = deps;
  }

  /** After the router's links are there: it looks for their addresses. */
  async ensure(spec: RouterSpec): Promise<void> {
    const { daemons, names } = this.#deps;
    const sides = spec.interfaces.filter(({ advertise }) => advertise.length > 0);
    if (sides.length === 0 || !spec.up) return this.remove(spec.id);
    const pidFile = this.#pidFile(spec.id);
    const argv = advertiserArguments(
      sides.map((side) => ({ side, device: names.device('router', side.portId) })),
      pidFile,
    );
    const daemon = { namespace: names.namespace('router', spec.id), argv, pidFile };
    if (await daemons.isRunning(daemon)) return;
    await mkdir(join(this.#deps.directory, spec.id), { recursive: true });
    await daemons.ensure(daemon);
  }

  async remove(routerId: string): Promise<void> {
    await this.#deps.daemons.stop(this.#pidFile(routerId));
    await rm(join(this.#deps.directory, routerId), { recursive: true, force: true });
  }

  #pidFile(routerId: string): string {
    return join(this.#deps.directory, routerId, 'advertiser.pid');
  }
}

interface Side {
  readonly side: RouterInterface;
  readonly device: string;
}

/** Pure. */
export const advertiserArguments = (sides: readonly Side[], pidFile: string): string[] => [
  'dnsmasq',
  '--conf-file=/dev/null',
  `--pid-file=${pidFile}`,
  '--bind-interfaces',
  '--port=0',
  '--user=nobody',
  '--enable-ra',
  '--leasefile-ro',
  ...sides.flatMap(({ side, device }, index) => [
    `--interface=${device}`,
    `--ra-param=${device},mtu:${side.mtu},0`,
    ...side.advertise.flatMap((prefix, at) => prefixArguments(prefix, `s${index}-${at}`)),
  ]),
];

/** Addresses, and all else where it is `stateless`, are another's to give: this one only says so. */
function prefixArguments({ cidr, mode, dnsServers }: AdvertiseSpec, tag: string): string[] {
  const [address = '', length = ''] = canonicalCidr(cidr).split('/');
  const how = { slaac: 'ra-only', stateless: 'ra-stateless', stateful: 'static' }[mode];
  const servers = dnsServers.map((server) => `[${canonicalAddress(server)}]`);
  return [
    `--dhcp-range=set:${tag},${address},${how},${length}`,
    ...(servers.length > 0 ? [`--dhcp-option=tag:${tag},option6:dns-server,${servers.join(',')}`] : []),
  ];
}
