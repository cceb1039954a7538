import { afterAll, beforeAll, expect, it } from 'vitest';
import type { CloudUser } from '#test/support/cloud-user.ts';
import { often } from '#test/support/often.ts';
import { RealCloud } from '#test/support/real-cloud.ts';

/** Names on networks that are new, on a whole cloud. */
const ROUNDS = often(10);
const LONG = 120_000;

let cloud: RealCloud;
let user: CloudUser;

beforeAll(async () => {
  cloud = await RealCloud.start();
  user = await cloud.signIn();
});
afterAll(() => cloud.close());

/** The router brings the network to the node before it has a resolver: that comes with the first port. */
async function newNetwork(router: string, round: number): Promise<string> {
  const name = `new-${round}`;
  const id = await user.createNetwork(name, `10.${80 + round}.0.0/24`);
  const path = `/v2.0/subnets?network_id=${id}`;
  const { subnets } = await user.client.get<{ subnets: { id: string }[] }>('network', path);
  const side = { subnet_id: subnets[0]?.id };
  await user.client.put('network', `/v2.0/routers/${router}/add_router_interface`, side);
  return name;
}

it(
  `a container finds itself by name with its first instruction, ${ROUNDS} times on a network that was not there`,
  async () => {
    const said: string[] = [];
    const router = await user.createNeutron('router', { name: 'first' });
    for (let round = 0; round < ROUNDS; round++) {
      const name = await newNetwork(router.id, round);
      const wanted = { name, hostname: 'web', image: 'busybox', nets: [{ network: name }] };
      const command = ['sh', '-c', 'nslookup web | grep -c ^Name'];
      const { uuid } = await user.create({ ...wanted, command });
      await user.untilStatus(uuid, 'Stopped');
      said.push((await user.logs(uuid)).trim());
      await user.remove(uuid);
    }
    expect(said).toEqual(Array<string>(ROUNDS).fill('1'));
  },
  LONG,
);
