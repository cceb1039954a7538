import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newHexId } from '#kernel/ids.ts';
import { RemoteNetworkPort } from '#services/network/port.http.ts';
import { IpamDriver } from '#src/kuryr/ipam-driver.ts';
import { dockerMethods } from '#src/kuryr/methods.ts';
import { RemoteNetworkDriver } from '#src/kuryr/network-driver.ts';
import type { NeutronKind } from '#src/openstack/neutron.ts';
import { ctxOf } from '#test/api/network/support.ts';
import { networkPortContract } from '#test/ports/network-contract.ts';
import { aCaller } from '#test/support/api.ts';
import { NeutronServer } from './neutron-server.ts';

/** Against OpenStack's own Neutron, where Debian's package is installed: `test/conformance/neutron-port.sh`. */
describe.skipIf(!existsSync('/usr/bin/neutron-server'))('Debian’s neutron-server', () => {
  let server: NeutronServer;
  beforeAll(async () => {
    server = await NeutronServer.start();
  });
  afterAll(() => server[Symbol.asyncDispose]());

  networkPortContract('Neutron over HTTP', async () => {
    const [alice, bob] = [newHexId(), newHexId()];
    const { neutron } = server;
    return {
      port: new RemoteNetworkPort({ neutron, domain: 'openstacklocal.' }),
      member: ctxOf(aCaller(alice)),
      stranger: ctxOf(aCaller(bob)),
      make: (collection, attributes) => {
        const kind = collection.replaceAll('-', '_').replace(/s$/, '') as NeutronKind;
        return neutron.create(kind, { ...attributes, project_id: alice });
      },
      [Symbol.asyncDispose]: async () => {},
    };
  });

  it('gives Kuryr’s networks and endpoints, with both IP versions, and is left as it was', async () => {
    const { neutron } = server;
    const bound = new Set<string>();
    const binding = {
      host: 'node-1',
      bind: async ({ port }: { port: { id: string } }) => void bound.add(port.id),
      unbind: async ({ id }: { id: string }) => void bound.delete(id),
    };
    const network = new RemoteNetworkDriver({ neutron, binding });
    const methods = dockerMethods({ network, ipam: new IpamDriver(neutron), scope: 'local' });
    const call = async (name: string, body: object) =>
      (await methods[name]?.(body, new URLSearchParams())) as Record<string, string>;
    const [NetworkID, EndpointID] = [newHexId() + newHexId(), newHexId() + newHexId()];
    const MAC = '02:42:ac:11:00:02';
    const before = await Promise.all(
      (['network', 'subnetpool', 'port'] as const).map((kind) => neutron.list(kind)),
    );

    const data = [];
    for (const [Pool, V6] of [
      ['10.9.0.0/24', false],
      ['fd09::/64', true],
    ] as const) {
      const { PoolID } = await call('IpamDriver.RequestPool', { AddressSpace: '', Pool, SubPool: '', V6 });
      const Options = { RequestAddressType: 'com.docker.network.gateway' };
      const { Address } = await call('IpamDriver.RequestAddress', { PoolID, Address: '', Options });
      data.push({ PoolID: PoolID ?? '', Pool, Gateway: Address ?? '' });
    }
    await call('NetworkDriver.CreateNetwork', { NetworkID, IPv4Data: [data[0]], IPv6Data: [data[1]] });
    const addresses: string[] = [];
    for (const { PoolID } of data) {
      const Options = { 'com.docker.network.endpoint.macaddress': MAC };
      addresses.push(
        (await call('IpamDriver.RequestAddress', { PoolID, Address: '', Options }))['Address'] ?? '',
      );
    }
    const [Address, AddressIPv6] = addresses;
    const Interface = { Address, AddressIPv6, MacAddress: MAC };
    expect(await call('NetworkDriver.CreateEndpoint', { NetworkID, EndpointID, Interface })).toEqual({
      Interface: {},
    });
    expect(bound.size).toBe(1);
    const [port] = await neutron.list('port', { device_id: EndpointID });
    expect(port).toMatchObject({ mac_address: MAC, name: `${EndpointID}-port`, 'binding:host_id': 'node-1' });
    expect(port?.fixed_ips).toHaveLength(2);
    const ofEndpoint = { NetworkID, EndpointID, SandboxKey: '/x' };
    expect(await call('NetworkDriver.Join', ofEndpoint)).toMatchObject({
      Gateway: '10.9.0.1',
      GatewayIPv6: 'fd09::1',
    });
    const exposed = [{ Proto: 6, Port: 80 }];
    await call('NetworkDriver.ProgramExternalConnectivity', {
      ...ofEndpoint,
      Options: { 'com.docker.network.endpoint.exposedports': exposed },
    });
    expect(await neutron.list('security_group', { name: `${port?.id}-exposed_ports` })).toHaveLength(1);

    await call('NetworkDriver.DeleteEndpoint', ofEndpoint);
    for (const [at, { PoolID }] of data.entries())
      await call('IpamDriver.ReleaseAddress', { PoolID, Address: addresses[at]?.split('/')[0] ?? '' });
    await call('NetworkDriver.DeleteNetwork', { NetworkID });
    for (const { PoolID } of data) await call('IpamDriver.ReleasePool', { PoolID });
    const after = await Promise.all(
      (['network', 'subnetpool', 'port'] as const).map((kind) => neutron.list(kind)),
    );
    expect(after).toEqual(before);
    expect(await neutron.list('security_group', { name: `${port?.id}-exposed_ports` })).toEqual([]);
    expect(bound.size).toBe(0);
  });
});
