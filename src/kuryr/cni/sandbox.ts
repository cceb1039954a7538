import { conflict } from '#kernel/errors.ts';
import { exec } from '#kernel/exec.ts';

/** A pod's interface as it should be. Addresses with their prefix. */
export interface PodInterface {
  readonly netns: string;
  readonly ifname: string;
  readonly addresses: readonly string[];
  readonly routes: readonly { readonly dst: string; readonly gw: string }[];
}

/** Moves a device of the machine into a pod and sets it up there. */
export async function moveInto(device: string, pod: PodInterface): Promise<void> {
  const { netns, ifname, addresses, routes } = pod;
  await exec('ip', ['link', 'set', 'dev', device, 'netns', netns, 'name', ifname]);
  const lines = [
    ...addresses.map((cidr) => `addr add ${cidr} dev ${ifname}${cidr.includes(':') ? ' nodad' : ''}`),
    'link set lo up',
    `link set ${ifname} up`,
    ...routes.map(({ dst, gw }) => `route replace ${dst} via ${gw} dev ${ifname} onlink`),
  ];
  const input = lines.map((line) => `${line}\n`).join('');
  await exec('nsenter', [`--net=${netns}`, 'ip', '-batch', '-'], { input });
}

/** @throws CloudError `conflict` when the pod does not have what it should. */
export async function checkInside({ netns, ifname, addresses }: PodInterface): Promise<void> {
  const show = [`--net=${netns}`, 'ip', '-json', 'addr', 'show', 'dev', ifname];
  const { code, stdout } = await exec('nsenter', show, { okCodes: [0, 1] });
  const [device] = (code === 0 ? JSON.parse(stdout) : []) as Shown[];
  const present = new Set(device?.addr_info.map(({ local, prefixlen }) => `${local}/${prefixlen}`));
  const missing = addresses.filter((cidr) => !present.has(cidr));
  if (!device?.flags.includes('UP')) throw conflict(`The interface ${ifname} is not up.`);
  if (missing.length > 0) throw conflict(`The interface ${ifname} lacks ${missing.join(', ')}.`);
}

interface Shown {
  readonly flags: readonly string[];
  readonly addr_info: readonly { readonly local: string; readonly prefixlen: number }[];
}
