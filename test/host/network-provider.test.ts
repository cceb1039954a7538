import { existsSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { aNetwork, aPort } from '#drivers/network/contract.ts';
import type { NetworkDriver, NetworkSpec, SegmentSpec } from '#drivers/network/driver.ts';
import { newUuid } from '#kernel/ids.ts';
import { addressOf, NetworkLab } from './network-lab.ts';

/** Whether the kernel knows VLANs. */
const hasVlans = existsSync('/proc/net/vlan');

/** A node whose interface `wire` leads to a machine that is no node. */
describe('provider networks, with real packets', () => {
  let lab: NetworkLab;
  let outside: NetworkLab;
  let driver: NetworkDriver;

  beforeEach(async () => {
    [lab, outside] = [await NetworkLab.make(), await NetworkLab.make()];
    await lab.wire(outside, 'wire', ['', '']);
    driver = lab.driver({ physicalNetworks: { physnet1: 'wire' } });
  });

  afterEach(async () => {
    await driver.close();
    await lab.close();
    await outside.close();
  });

  const plugTo = async (segment: SegmentSpec): Promise<{ network: NetworkSpec; at: string; ip: string }> => {
    const network = aNetwork({ mtu: 1500, segment });
    await driver.ensureNetwork(network);
    const port = aPort(network.id, newUuid(), { mtu: 1500 });
    const at = await driver.ensureSandbox(port.sandboxId);
    await driver.plugPort(port);
    return { network, at, ip: addressOf(port) };
  };

  const ip = (...args: string[]) => outside.run(outside.machine, 'ip', ...args);

  it('reach a flat one as it is', async () => {
    const flat = await plugTo({ type: 'flat', physicalNetwork: 'physnet1' });
    await ip('addr', 'add', '10.0.0.250/24', 'dev', 'wire');
    expect(await outside.pings(outside.machine, flat.ip)).toBe(true);
    expect(await lab.pings(flat.at, '10.0.0.250')).toBe(true);
  });

  it.skipIf(!hasVlans)('reach each VLAN with its tag, beside a flat one', async () => {
    const flat = await plugTo({ type: 'flat', physicalNetwork: 'physnet1' });
    const tagged = await plugTo({ type: 'vlan', physicalNetwork: 'physnet1', id: 101 });
    const other = await plugTo({ type: 'vlan', physicalNetwork: 'physnet1', id: 102 });
    await ip('link', 'add', 'link', 'wire', 'name', 'tagged', 'type', 'vlan', 'id', '101');
    await ip('addr', 'add', '10.0.0.250/24', 'dev', 'tagged');
    await ip('link', 'set', 'tagged', 'up');
    expect(await outside.pings(outside.machine, tagged.ip)).toBe(true);
    expect(await lab.pings(tagged.at, '10.0.0.250')).toBe(true);
    for (const stranger of [flat, other])
      expect(await outside.pings(outside.machine, stranger.ip)).toBe(false);
  });

  it('are promised as far as the kernel goes, and it is said in words when it has no VLANs', async () => {
    const lacks = hasVlans ? undefined : { vlan: 'The kernel has no VLANs. Try: modprobe 8021q' };
    expect((await driver.probe()).lacks).toEqual(lacks);
    const plain = lab.driver();
    expect((await plain.probe()).lacks).toBeUndefined();
    await plain.close();
  });

  it('are refused where the machine has no such interface', async () => {
    const segment = { type: 'flat', physicalNetwork: 'physnet9' } as const;
    await expect(driver.ensureNetwork(aNetwork({ segment }))).rejects.toMatchObject({ kind: 'bad-request' });
  });

  it('leave the interface as it was', async () => {
    const { network } = await plugTo({ type: 'flat', physicalNetwork: 'physnet1' });
    for (const id of (await driver.inspect()).sandboxes) await driver.removeSandbox(id);
    await driver.removeNetwork(network.id);
    expect((await lab.leftovers()).filter((line) => !line.includes(' wire@'))).toEqual([]);
    await lab.run(lab.machine, 'ip', 'addr', 'add', '10.0.0.1/24', 'dev', 'wire');
    await ip('addr', 'add', '10.0.0.250/24', 'dev', 'wire');
    expect(await lab.pings(lab.machine, '10.0.0.250')).toBe(true);
  });
});
