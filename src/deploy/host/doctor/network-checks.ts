import { exec } from '#kernel/exec.ts';
import type { HostConfig } from '../config-file.ts';
import { expect, type Check } from './check.ts';

const PREFIX = 'hy';
const ALL_VNIS = { first: 1, last: 16_777_215 };
const NETWORK = /^([a-z][a-z0-9]{0,3})-net-[0-9a-f-]{36}$/;

/** What is shared with other clouds on this machine. @param listVnis of another's networks; for tests */
export const networkChecks = (
  config: Pick<HostConfig, 'network' | 'node'> | undefined,
  listVnis: (prefix: string) => Promise<readonly Foreign[]> = foreignVnis,
): readonly Check[] => [
  {
    name: 'VXLAN numbers',
    check: async () => {
      const { first, last } = config?.network?.vnis ?? ALL_VNIS;
      const taken = (await listVnis(config?.node?.prefix ?? PREFIX)).filter(
        ({ vni }) => vni >= first && vni <= last,
      );
      const [one] = taken;
      return expect(
        one === undefined,
        `the cloud with the prefix '${one?.prefix}' on this machine uses ${taken.map(({ vni }) => vni).join(', ')}, which this one may give to its networks too`,
        'give each cloud numbers of its own: network.vnis in its config.yaml',
      );
    },
  },
];

/** A VXLAN number that a network of another cloud has. */
export interface Foreign {
  readonly prefix: string;
  readonly vni: number;
}

interface ShownDevice {
  readonly linkinfo?: { readonly info_data?: { readonly id?: number } };
}

/** The networks of clouds with another prefix, each in its namespace. */
async function foreignVnis(own: string): Promise<readonly Foreign[]> {
  const { stdout } = await exec('ip', ['netns', 'list']);
  const names = stdout.split('\n').map((line) => line.split(' ')[0] ?? '');
  const found = names.map(async (name): Promise<Foreign[]> => {
    const prefix = NETWORK.exec(name)?.[1];
    if (prefix === undefined || prefix === own) return [];
    const devices = await exec('ip', ['-n', name, '-json', '-details', 'link', 'show', 'type', 'vxlan']).then(
      (shown) => JSON.parse(shown.stdout || '[]') as ShownDevice[],
      () => [], // it has gone meanwhile
    );
    return devices.flatMap(({ linkinfo }) => {
      const vni = linkinfo?.info_data?.id;
      return vni === undefined ? [] : [{ prefix, vni }];
    });
  });
  return (await Promise.all(found)).flat();
}
