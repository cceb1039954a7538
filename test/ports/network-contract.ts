import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { newUuid } from '#kernel/ids.ts';
import type { Ctx } from '#kernel/context.ts';
import type { NetworkPort, PortAttachment, PortRequest } from '#services/network/port.ts';

/** A network service with two projects in it. */
export interface NetworkPortHarness extends AsyncDisposable {
  readonly port: NetworkPort;
  readonly member: Ctx;
  readonly stranger: Ctx;
  /** As the member makes it, by the API. */
  make(collection: string, attributes: object): Promise<{ readonly id: string }>;
}

/** What other services may count on, whether the network service is in this process or any Neutron. */
export function networkPortContract(name: string, makeHarness: () => Promise<NetworkPortHarness>): void {
  describe(`network port, ${name}`, () => {
    let harness: NetworkPortHarness;
    let port: NetworkPort;
    let ctx: Ctx;
    let net: string;
    let web: string; // a device: the network service may be there before and after the test

    beforeEach(async () => {
      harness = await makeHarness();
      ({ port, member: ctx } = harness);
      web = newUuid();
      net = (await harness.make('networks', { name: 'private' })).id;
      const servers = { dns_nameservers: ['9.9.9.9'] };
      await harness.make('subnets', { network_id: net, cidr: '10.0.0.0/24', ip_version: 4, ...servers });
    });
    afterEach(() => harness[Symbol.asyncDispose]());

    const request = (portId: string, change: Partial<PortRequest> = {}): PortRequest => ({
      portId,
      networkId: net,
      fixedIps: [],
      securityGroups: null,
      device: 'eth0',
      primary: true,
      ...change,
    });
    const attachment = (deviceId: string, ...requests: PortRequest[]): PortAttachment => ({
      deviceId,
      deviceOwner: 'compute:kuryr',
      host: 'node-1',
      dnsName: deviceId,
      requests,
    });

    it('finds networks by id and by name, for those who may use them', async () => {
      const found = await port.getNetwork(ctx, 'private');
      expect(found).toMatchObject({ id: net, name: 'private', external: false, shared: false });
      expect(found.mtu).toBeGreaterThan(1000);
      expect(await port.getNetwork(ctx, net)).toEqual(found);
      for (const word of [net, 'private'])
        await expect(port.getNetwork(harness.stranger, word)).rejects.toMatchObject({ kind: 'not-found' });
      await expect(port.getNetwork(ctx, 'nowhere')).rejects.toMatchObject({ kind: 'not-found' });
      await harness.make('networks', { name: 'private' });
      await expect(port.getNetwork(ctx, 'private')).rejects.toMatchObject({ kind: 'conflict' });
    });

    it('chooses a project’s own network, and none for a project without', async () => {
      expect((await port.findDefaultNetwork(ctx))?.id).toBe(net);
      expect(await port.findDefaultNetwork(harness.stranger)).toBeUndefined();
    });

    it('knows security groups by name, the default one without anybody having made it', async () => {
      const group = await harness.make('security-groups', { name: 'web' });
      const [first, second] = await port.resolveSecurityGroups(ctx, ['web', 'default']);
      expect(first).toBe(group.id);
      expect(second).toMatch(/^[0-9a-f-]{36}$/);
      const foreign = port.resolveSecurityGroups(harness.stranger, ['web']);
      await expect(foreign).rejects.toMatchObject({ kind: 'not-found' });
    });

    it('makes a port once, and deletes it with its device', async () => {
      const device = attachment(web, request('0b0b0b0b-0000-4000-8000-000000000001'));
      const [made, ...more] = await port.attachPorts(ctx, device);
      expect(more).toEqual([]);
      expect(made).toMatchObject({
        networkId: net,
        deviceId: web,
        host: 'node-1',
        preserved: false,
        projectId: ctx.project?.id,
        fixedIps: [{ version: 4, address: expect.stringMatching(/^10\.0\.0\.\d+$/) }],
        resolver: { servers: [expect.any(String)], domain: 'openstacklocal' },
      });
      expect(made?.securityGroups).toHaveLength(1);
      const [again] = await port.attachPorts(ctx, device);
      expect(again).toMatchObject({ id: made?.id, mac: made?.mac, fixedIps: made?.fixedIps });
      expect((await port.listPorts(ctx, web)).map(({ id }) => id)).toEqual([made?.id]);
      for (let time = 0; time < 2; time += 1) await port.detachPorts(ctx, web);
      expect(await port.listPorts(ctx, web)).toEqual([]);
      await expect(port.getPort(ctx, made?.id ?? '')).rejects.toMatchObject({ kind: 'not-found' });
    });

    it('gives the addresses and groups that are asked for, and no address twice', async () => {
      const group = await harness.make('security-groups', { name: 'web' });
      const wish = { fixedIps: ['10.0.0.77'], securityGroups: [group.id] };
      const [made] = await port.attachPorts(
        ctx,
        attachment(web, request('0b0b0b0b-0000-4000-8000-000000000002', wish)),
      );
      expect(made?.fixedIps.map(({ address }) => address)).toEqual(['10.0.0.77']);
      expect(made?.securityGroups).toEqual([group.id]);
      const other = attachment('db', request('0b0b0b0b-0000-4000-8000-000000000003', wish));
      await expect(port.attachPorts(ctx, other)).rejects.toMatchObject({ kind: 'conflict' });
      await port.setSecurityGroups(ctx, [made?.id ?? ''], []);
      expect(await port.getPort(ctx, made?.id ?? '')).toMatchObject({ securityGroups: [] });
    });

    it('lends a user’s port to one device at a time, and gives it back', async () => {
      const own = await harness.make('ports', { network_id: net, name: 'mine' });
      const wish = request(own.id, { networkId: null });
      expect(await port.attachPorts(ctx, attachment(web, wish))).toMatchObject([
        { id: own.id, deviceId: web, host: 'node-1', preserved: true },
      ]);
      expect((await port.getPort(ctx, 'mine')).id).toBe(own.id);
      const rival = port.attachPorts(ctx, attachment('db', wish));
      await expect(rival).rejects.toMatchObject({ kind: 'conflict', code: 'PortInUse' });
      await port.detachPorts(ctx, web, []);
      expect(await port.listPorts(ctx, web)).toHaveLength(1);
      await port.detachPorts(ctx, web, [own.id]);
      expect(await port.getPort(ctx, own.id)).toMatchObject({ deviceId: '', host: '', status: 'DOWN' });
    });

    it('opens ports to everybody by a group of a name, once, until it is removed', async () => {
      const ports = [
        { protocol: 'tcp', port: 80 },
        { protocol: 'udp', port: 53 },
      ] as const;
      const wish = { name: 'zun-1', description: 'open', ports };
      const half = await port.ensureOpenGroup(ctx, { ...wish, ports: ports.slice(0, 1) });
      for (let time = 0; time < 2; time += 1) expect(await port.ensureOpenGroup(ctx, wish)).toBe(half);
      expect(await port.resolveSecurityGroups(ctx, ['zun-1'])).toEqual([half]);
      const request1 = request('0b0b0b0b-0000-4000-8000-000000000006', { securityGroups: [half] });
      await port.attachPorts(ctx, attachment(web, request1));
      const projectId = ctx.project?.id ?? '';
      await port.removeGroup(ctx, projectId, 'zun-1');
      expect(await port.resolveSecurityGroups(ctx, ['zun-1'])).toEqual([half]);
      await port.detachPorts(ctx, web);
      await port.removeGroup(ctx, 'another project', 'zun-1');
      expect(await port.resolveSecurityGroups(ctx, ['zun-1'])).toEqual([half]);
      for (let time = 0; time < 2; time += 1) await port.removeGroup(ctx, projectId, 'zun-1');
      await expect(port.resolveSecurityGroups(ctx, ['zun-1'])).rejects.toMatchObject({ kind: 'not-found' });
    });

    it('refuses ports and networks of strangers, and ports that are not there', async () => {
      const own = await harness.make('ports', { network_id: net });
      const { stranger } = harness;
      const wishes = [request(own.id, { networkId: null }), request('0b0b0b0b-0000-4000-8000-000000000004')];
      for (const wish of wishes)
        await expect(port.attachPorts(stranger, attachment('spy', wish))).rejects.toMatchObject({
          kind: 'not-found',
        });
      expect(await port.listPorts(stranger, 'spy')).toEqual([]);
      const nobody = request('0b0b0b0b-0000-4000-8000-000000000005', { networkId: null });
      await expect(port.attachPorts(ctx, attachment(web, nobody))).rejects.toMatchObject({
        kind: 'not-found',
      });
    });
  });
}
