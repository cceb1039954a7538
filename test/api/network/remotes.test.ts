import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RemoteSpec } from '#drivers/network/driver.ts';
import type { FakePut } from '#test/support/fake-nodes.ts';
import { ManualClock } from '#test/support/manual-clock.ts';
import { admin, ctxOf, member, serveNetworkAt, type NetworkKit } from './support.ts';

let kit: NetworkKit;
let net: { id: string; subnetId: string };
let clock: ManualClock;
const ctx = ctxOf(member);

beforeEach(async () => {
  clock = new ManualClock();
  kit = await serveNetworkAt(clock, 'node-1', 'node-2', 'node-3');
  net = await kit.makeNetwork(member, '10.0.0.0/24');
  kit.nodes.take();
});
afterEach(() => kit[Symbol.asyncDispose]());

const attach = (deviceId: string, host: string) =>
  kit.parts.port.attachPorts(ctx, {
    deviceId,
    deviceOwner: 'compute:kuryr',
    host,
    dnsName: deviceId,
    requests: [
      {
        portId: `port-of-${deviceId}`,
        networkId: net.id,
        fixedIps: [],
        securityGroups: null,
        device: 'eth0',
        primary: true,
      },
    ],
  });

const remotesIn = (puts: readonly FakePut[], host: string): RemoteSpec[] =>
  puts
    .filter((put) => put.host === host)
    .flatMap(({ objects }) => objects)
    .flatMap((object) => (object.kind === 'remote' ? [object.spec] : []));

const remotesOn = async (host: string): Promise<string[]> =>
  (await kit.parts.source.list(host)).filter(({ kind }) => kind === 'remote').map(({ id }) => id);

describe('ports elsewhere', () => {
  it('are told to the nodes that have their network, with the address of their node', async () => {
    await attach('a', 'node-1');
    kit.nodes.take();
    await attach('b', 'node-2');
    const puts = kit.nodes.take();
    expect(remotesIn(puts, 'node-1')).toMatchObject([
      { id: 'port-of-b', networkId: net.id, addresses: ['10.0.0.4'], node: '192.0.2.2' },
    ]);
    expect(remotesIn(puts, 'node-2')).toMatchObject([
      { id: 'port-of-a', addresses: ['10.0.0.2'], node: '192.0.2.1' },
    ]);
    expect(puts.some(({ host }) => host === 'node-3')).toBe(false);
    expect(await remotesOn('node-1')).toEqual(['port-of-b']);
    expect(await remotesOn('node-3')).toEqual([]);
  });

  it('are told alone once a node knows the others', async () => {
    for (const [device, host] of [
      ['a', 'node-1'],
      ['b', 'node-2'],
      ['c', 'node-2'],
    ] as const)
      await attach(device, host);
    kit.nodes.take();
    await attach('d', 'node-2');
    const puts = kit.nodes.take();
    expect(remotesIn(puts, 'node-1').map(({ id }) => id)).toEqual(['port-of-d']);
    expect(remotesIn(puts, 'node-2')).toEqual([]);
  });

  it('are taken back when they go', async () => {
    await attach('a', 'node-1');
    await attach('b', 'node-2');
    kit.nodes.take();
    await kit.api.delete('/network/v2.0/ports/port-of-b', { as: admin });
    const put = kit.nodes.take().find(({ host }) => host === 'node-1');
    expect(put?.removed).toEqual([{ kind: 'remote', id: 'port-of-b' }]);
    expect(await remotesOn('node-1')).toEqual([]);
  });
});

describe('routers', () => {
  const makeRouter = async () => {
    const { id } = await kit.make(member, 'routers', {});
    await kit.api.put(`/network/v2.0/routers/${id}/add_router_interface`, {
      as: member,
      body: { subnet_id: net.subnetId },
    });
    return id as string;
  };

  const routersOn = async (host: string): Promise<string[]> =>
    (await kit.parts.source.list(host)).filter(({ kind }) => kind === 'router').map(({ id }) => id);

  const look = async () => {
    for (const reconciler of kit.parts.service.reconcilers)
      await reconciler.run(new AbortController().signal);
  };

  it('are told to other nodes as ports elsewhere', async () => {
    await makeRouter();
    await attach('a', 'node-2');
    const [remote] = remotesIn(kit.nodes.take(), 'node-2');
    expect(remote).toMatchObject({ addresses: ['10.0.0.1'], node: '192.0.2.1' });
  });

  it('stay on a node that is away for a moment', async () => {
    const id = await makeRouter();
    kit.nodes.away.add('node-1');
    await look();
    clock.advance(20_000);
    await look();
    expect(await routersOn('node-1')).toEqual([id]);
    kit.nodes.away.delete('node-1');
    await look();
    kit.nodes.away.add('node-1');
    clock.advance(20_000);
    await look();
    expect(await routersOn('node-1')).toEqual([id]);
  });

  it('move to the living node with fewest when theirs is dead, and everybody is told', async () => {
    const id = await makeRouter();
    await attach('a', 'node-3');
    kit.nodes.take();
    kit.nodes.away.add('node-1');
    await look();
    clock.advance(31_000);
    await look();
    expect(await routersOn('node-2')).toEqual([id]);
    expect(await routersOn('node-1')).toEqual([]);
    const puts = kit.nodes.take();
    expect(puts.find(({ host }) => host === 'node-2')?.objects.map(({ kind }) => kind)).toContain('router');
    expect(remotesIn(puts, 'node-3')).toMatchObject([{ addresses: ['10.0.0.1'], node: '192.0.2.2' }]);
    kit.nodes.away.delete('node-1');
    await look();
    expect(await routersOn('node-2')).toEqual([id]);
  });

  it('stay where they are while no node lives', async () => {
    const id = await makeRouter();
    for (const host of ['node-1', 'node-2', 'node-3']) kit.nodes.away.add(host);
    await look();
    clock.advance(60_000);
    await look();
    expect(await routersOn('node-1')).toEqual([id]);
  });
});
