import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '#kernel/clock.ts';
import { newUuid } from '#kernel/ids.ts';
import { RemoteImagePort } from '#services/image/port.http.ts';
import { OpenStackSession } from '#src/openstack/session.ts';
import { ImageRig } from '#test/api/image/image-rig.ts';
import { ctxOf } from '#test/api/network/support.ts';
import { aCaller } from '#test/support/api.ts';
import { adminAccess, startCloud } from '#test/support/cloud.ts';
import { imagePortContract } from './image-contract.ts';

imagePortContract('local', async () => {
  const rig = await ImageRig.start();
  const [blue, red] = [aCaller('blue'), aCaller('red')];
  return {
    port: rig.port,
    member: ctxOf(blue),
    stranger: ctxOf(red),
    async share(id, status) {
      await rig.api.post(`/image/v2/images/${id}/members`, { as: blue, body: { member: 'red' } });
      await rig.api.put(`/image/v2/images/${id}/members/red`, { as: red, body: { status } });
    },
    [Symbol.asyncDispose]: () => rig[Symbol.asyncDispose](),
  };
});

imagePortContract('Hydria over HTTP', async () => {
  const cloud = await startCloud();
  const session = new OpenStackSession({ access: adminAccess(await cloud.listen()), clock: systemClock });
  const directory = join(tmpdir(), `remote-images-${newUuid()}`);
  const [alice, bob] = [await cloud.addMember('alice'), await cloud.addMember('bob')];
  return {
    port: new RemoteImagePort({ session, directory }),
    member: ctxOf(aCaller(alice.projectId)),
    stranger: ctxOf(aCaller(bob.projectId)),
    async share(id, status) {
      const members = `/image/v2/images/${id}/members`;
      await cloud.call('POST', members, { token: alice.token, body: { member: bob.projectId } });
      await cloud.call('PUT', `${members}/${bob.projectId}`, { token: bob.token, body: { status } });
    },
    async [Symbol.asyncDispose]() {
      await cloud[Symbol.asyncDispose]();
      await rm(directory, { recursive: true, force: true });
    },
  };
});
