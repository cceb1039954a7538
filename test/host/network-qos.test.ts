import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { aNetwork, aPort } from '#drivers/network/contract.ts';
import { UNLIMITED, type BandwidthSpec, type NetworkDriver } from '#drivers/network/driver.ts';
import { newUuid } from '#kernel/ids.ts';
import { addressOf, NetworkLab } from './network-lab.ts';

const RATE = { kbps: 20_000, burstKbits: 400 };

describe('bandwidth limits, with real packets', () => {
  let lab: NetworkLab;
  let driver: NetworkDriver;

  beforeEach(async () => {
    lab = await NetworkLab.make();
    driver = lab.driver();
  });

  afterEach(async () => {
    await driver.close();
    await lab.close();
  });

  const plugTwo = async (bandwidth: BandwidthSpec) => {
    const network = aNetwork();
    await driver.ensureNetwork(network);
    const [limited, peer] = [aPort(network.id, newUuid(), { bandwidth }), aPort(network.id, newUuid())];
    const sandboxes = [];
    for (const port of [limited, peer]) {
      sandboxes.push(await driver.ensureSandbox(port.sandboxId));
      await driver.plugPort(port);
    }
    const [inside = '', outside = ''] = sandboxes;
    return { limited, peer, inside, outside };
  };

  it('hold down what a port sends, and not what it gets', async () => {
    const { limited, peer, inside, outside } = await plugTwo({ ingress: null, egress: RATE });
    const sent = await lab.measure(inside, outside, addressOf(peer));
    expect(sent).toBeGreaterThan(10);
    expect(sent).toBeLessThan(24);
    expect(await lab.measure(outside, inside, addressOf(limited))).toBeGreaterThan(50);
  });

  it('hold down what a port gets, and not what it sends', async () => {
    const { limited, peer, inside, outside } = await plugTwo({ ingress: RATE, egress: null });
    const got = await lab.measure(outside, inside, addressOf(limited));
    expect(got).toBeGreaterThan(10);
    expect(got).toBeLessThan(24);
    expect(await lab.measure(inside, outside, addressOf(peer))).toBeGreaterThan(50);
  });

  it('change and go in place, also after a restart, and leave nothing behind', async () => {
    const { limited, peer, inside, outside } = await plugTwo({ ingress: RATE, egress: RATE });
    await driver.plugPort({ ...limited, bandwidth: { ingress: null, egress: { ...RATE, kbps: 8_000 } } });
    expect(await lab.measure(inside, outside, addressOf(peer))).toBeLessThan(10);
    const restarted = lab.driver();
    await restarted.plugPort({ ...limited, bandwidth: UNLIMITED });
    expect(await lab.measure(inside, outside, addressOf(peer))).toBeGreaterThan(50);
    await restarted.plugPort({ ...limited, bandwidth: { ingress: RATE, egress: RATE } });
    await driver.close();
    driver = lab.driver();
    for (const { sandboxId } of [limited, peer]) await driver.removeSandbox(sandboxId);
    await restarted.close();
    const namespace = `${lab.machine.replace('machine', '')}-net-${limited.networkId}`;
    expect((await lab.run(namespace, 'ip', '-o', 'link', 'show', 'type', 'ifb')).stdout).toBe('');
    await driver.removeNetwork(limited.networkId);
    expect(await lab.leftovers()).toEqual([]);
  });
});
