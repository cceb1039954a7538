import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { aNetwork, aPort } from '#drivers/network/contract.ts';
import type { FilterRule, NetworkDriver, NetworkSpec, PortSpec } from '#drivers/network/driver.ts';
import { newUuid } from '#kernel/ids.ts';
import { addressOf, NetworkLab } from './network-lab.ts';

const anyEgress: FilterRule[] = ([4, 6] as const).map((ipVersion) => ({
  direction: 'egress',
  ipVersion,
  protocol: null,
  portMin: null,
  portMax: null,
  remote: null,
}));

const tcpIngress = (port: number, remote: FilterRule['remote'] = null): FilterRule => ({
  direction: 'ingress',
  ipVersion: 4,
  protocol: 6,
  portMin: port,
  portMax: port,
  remote,
});

const filtered = (...rules: FilterRule[]) => ({
  allowedPairs: [],
  rules: [...anyEgress, ...rules],
  stateful: true,
});

describe('connections, with real packets: a filter', () => {
  let lab: NetworkLab;
  let driver: NetworkDriver;

  beforeEach(async () => {
    lab = await NetworkLab.make();
    driver = lab.driver();
  });

  afterEach(() => lab.close());

  const makeNetwork = async () => {
    const network = aNetwork();
    await driver.ensureNetwork(network);
    return network;
  };

  const plug = async (network: NetworkSpec, spec: Partial<PortSpec> = {}) => {
    const port = aPort(network.id, newUuid(), spec);
    const at = await driver.ensureSandbox(port.sandboxId);
    await driver.plugPort(port);
    return { at, port, ip: addressOf(port) };
  };

  type Workload = Awaited<ReturnType<typeof plug>>;

  /** A connection to an echo server on port 7; `echo` says what comes back, or undefined. */
  const converse = async (server: Workload, client: Workload) => {
    lab.start(server.at, 'busybox', 'nc', '-ll', '-p', '7', '-e', 'cat');
    await lab.listening(server.at, 7);
    const talk = lab.start(client.at, 'busybox', 'nc', server.ip, '7');
    return async (text: string) => {
      talk.stdin?.write(`${text}\n`);
      const signal = AbortSignal.timeout(1_000);
      const heard = await once(talk.stdout!, 'data', { signal }).catch(() => undefined);
      return heard && String(heard[0]).trim();
    };
  };

  it('keeps a connection alive over a change of rules that still allows it', async () => {
    const network = await makeNetwork();
    const server = await plug(network, { filter: filtered(tcpIngress(7)) });
    const client = await plug(network, { filter: filtered() });
    const echo = await converse(server, client);
    expect(await echo('before')).toBe('before');
    await driver.plugPort({
      ...server.port,
      filter: filtered(tcpIngress(80), { ...tcpIngress(1), portMax: 9 }),
    });
    expect(await echo('after')).toBe('after');
    await driver.plugPort({ ...client.port, filter: filtered(tcpIngress(9)) });
    expect(await echo('later')).toBe('later');
  });

  it('ends a connection whose rule has gone, and begins none', async () => {
    const network = await makeNetwork();
    const server = await plug(network, { filter: filtered(tcpIngress(7)) });
    const client = await plug(network, { filter: filtered() });
    const echo = await converse(server, client);
    expect(await echo('before')).toBe('before');
    await driver.plugPort({ ...server.port, filter: filtered() });
    expect(await echo('after')).toBeUndefined();
    expect((await lab.run(client.at, 'busybox', 'nc', '-w', '1', server.ip, '7')).code).not.toBe(0);
  });

  it('ends a connection whose peer has left the group that was allowed', async () => {
    const network = await makeNetwork();
    const client = await plug(network, { filter: filtered() });
    await driver.setGroups([{ id: 'friends', addresses: [client.ip] }]);
    const server = await plug(network, { filter: filtered(tcpIngress(7, { group: 'friends' })) });
    const echo = await converse(server, client);
    expect(await echo('before')).toBe('before');
    await driver.setGroups([{ id: 'friends', addresses: [] }]);
    expect(await echo('after')).toBeUndefined();
  });

  it('of the stateless kind lets an answer pass only where a rule allows it', async () => {
    const network = await makeNetwork();
    const stateless = (...rules: FilterRule[]) => ({ ...filtered(...rules), stateful: false });
    const server = await plug(network, { filter: stateless(tcpIngress(80)) });
    const client = await plug(network, { filter: stateless() });
    await lab.serve(server.at, 80, 'stateless');
    expect(await lab.fetch(client.at, server.ip, 80)).toBeUndefined();
    const answers = { ...tcpIngress(1024), portMax: 65_535 };
    await driver.plugPort({ ...client.port, filter: stateless(answers) });
    expect(await lab.fetch(client.at, server.ip, 80)).toBe('stateless');
  });
});
