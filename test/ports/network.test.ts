import { systemClock } from '#kernel/clock.ts';
import type { Principal } from '#kernel/http/auth.ts';
import { RemoteNetworkPort } from '#services/network/port.http.ts';
import { Neutron } from '#src/openstack/neutron.ts';
import { OpenStackSession } from '#src/openstack/session.ts';
import { ctxOf, member, serveNetwork, stranger } from '#test/api/network/support.ts';
import { aCaller } from '#test/support/api.ts';
import { adminAccess, startCloud, type Member } from '#test/support/cloud.ts';
import { networkPortContract, type NetworkPortHarness } from './network-contract.ts';

networkPortContract('local', async () => {
  const kit = await serveNetwork('node-1');
  return {
    port: kit.parts.port,
    member: ctxOf(member),
    stranger: ctxOf(stranger),
    make: (collection, attributes) => kit.make(member, collection, attributes),
    [Symbol.asyncDispose]: () => kit[Symbol.asyncDispose](),
  };
});

const principalOf = ({ projectId, userId }: Member): Principal =>
  aCaller(projectId, ['member', 'reader'], userId);

networkPortContract('Hydria over HTTP', async (): Promise<NetworkPortHarness> => {
  const cloud = await startCloud();
  const url = await cloud.listen();
  const [alice, bob] = [await cloud.addMember('alice'), await cloud.addMember('bob')];
  const neutron = new Neutron(new OpenStackSession({ access: adminAccess(url), clock: systemClock }));
  return {
    port: new RemoteNetworkPort({ neutron, domain: 'openstacklocal.' }),
    member: ctxOf(principalOf(alice)),
    stranger: ctxOf(principalOf(bob)),
    async make(collection, attributes) {
      const singular = collection.replaceAll('-', '_').replace(/s$/, '');
      const body = { [singular]: attributes };
      const answer = await cloud.call('POST', `/network/v2.0/${collection}`, { token: alice.token, body });
      if (answer.status !== 201) throw new Error(`${collection}: ${answer.status} ${answer.text}`);
      return answer.body[singular];
    },
    [Symbol.asyncDispose]: () => cloud[Symbol.asyncDispose](),
  };
});
