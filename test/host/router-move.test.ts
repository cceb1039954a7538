import { readdir } from 'node:fs/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { addressOf, type CloudUser, type ContainerView } from '#test/support/cloud-user.ts';
import { RealCloud } from '#test/support/real-cloud.ts';
import { SecondNode } from '#test/support/second-node.ts';
import { until } from '#test/support/until.ts';

/** A machine with a router dies, with all that it carried. */
let second: SecondNode;
let cloud: RealCloud;
let user: CloudUser;

beforeAll(async () => {
  second = await SecondNode.make();
  cloud = await RealCloud.start(second.cloudConfig);
  await second.join(cloud);
  user = await cloud.signIn();
});

afterAll(async () => {
  await cloud.close();
  await second.close();
});

interface Subnetted {
  readonly network: string;
  readonly subnet: string;
}

const makeNetwork = async (name: string, cidr: string): Promise<Subnetted> => {
  const { id: network } = await user.createNeutron('network', { name });
  const { id: subnet } = await user.createNeutron('subnet', { network_id: network, ip_version: 4, cidr });
  return { network, subnet };
};

/** A router between them, on that node. */
async function makeRouter(host: string, networks: readonly Subnetted[]): Promise<string> {
  const { id } = await user.createNeutron('router', { name: 'between' });
  for (const { subnet } of networks)
    await user.client.put('network', `/v2.0/routers/${id}/add_router_interface`, { subnet_id: subnet });
  const { agents } = await user.client.get<{ agents: { id: string; host: string }[] }>(
    'network',
    '/v2.0/agents?agent_type=L3+agent',
  );
  const agentOf = (name: string) => agents.find((agent) => agent.host === name)?.id;
  const at = await hostOf(id);
  if (at !== host) {
    await user.client.delete('network', `/v2.0/agents/${agentOf(at)}/l3-routers/${id}`);
    await user.client.post('network', `/v2.0/agents/${agentOf(host)}/l3-routers`, { router_id: id });
  }
  return id;
}

async function hostOf(router: string): Promise<string> {
  const path = `/v2.0/routers/${router}/l3-agents`;
  const { agents } = await user.client.get<{ agents: { host: string }[] }>('network', path);
  return agents[0]?.host ?? '';
}

const sleeper = (name: string, { network }: Subnetted, host: string) =>
  user.run({ name, image: 'busybox', command: ['sleep', '600'], nets: [{ network }], host });

const pings = async (from: ContainerView, to: ContainerView): Promise<boolean> =>
  (await user.exec(from.uuid, `ping -c 1 -W 1 ${addressOf(to)}`)).exitCode === 0;

/** Whether that node has the router's namespace. */
const carries = async ({ marks }: SecondNode | RealCloud, router: string): Promise<boolean> =>
  (await readdir('/run/netns')).includes(`${marks.prefix}-router-${router}`);

it(
  'a router moves to the other node when its machine dies, and the machine gives its copy up when it is back',
  { timeout: 240_000 },
  async () => {
    const networks = [
      await makeNetwork('left', '10.81.0.0/24'),
      await makeNetwork('right', '10.82.0.0/24'),
    ] as const;
    const router = await makeRouter(second.hostname, networks);
    const [left, right, far] = await Promise.all([
      sleeper('left', networks[0], cloud.hostname),
      sleeper('right', networks[1], cloud.hostname),
      sleeper('far', networks[1], second.hostname),
    ]);
    await until('an answer through the router of the other machine', () => pings(left, right));
    await until('an answer from the other machine', () => pings(left, far));
    expect([await carries(cloud, router), await carries(second, router)]).toEqual([false, true]);

    await second.plug('down');
    await second.kill();
    expect(await pings(left, right)).toBe(false);
    await until('an answer through the router here', () => pings(left, right), {
      limitMs: 150_000,
      everyMs: 500,
    });
    expect(await hostOf(router)).toBe(cloud.hostname);

    await second.plug('up');
    expect(await carries(second, router)).toBe(true);
    await second.start();
    await until('the old copy is gone', async () => !(await carries(second, router)));
    expect(await hostOf(router)).toBe(cloud.hostname);
    expect(await pings(left, right)).toBe(true);
    await until('an answer from the machine that is back', () => pings(left, far));
  },
);
