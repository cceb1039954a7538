import { describe, expect, it } from 'vitest';
import { aNetwork, aPort, networkContract } from '../contract.ts';
import { FakeNetworkDriver, FakeNetworkWorld } from './driver.ts';

networkContract('fake', async () => {
  const world = new FakeNetworkWorld();
  return {
    driver: () => new FakeNetworkDriver(world),
    leftovers: async () => [
      ...world.networks.keys(),
      ...world.sandboxes,
      ...world.ports.keys(),
      ...world.routers.keys(),
    ],
    close: async () => {},
  };
});

describe('fake network driver', () => {
  it('fails the next call only, before it does anything', async () => {
    const driver = new FakeNetworkDriver();
    driver.failNext('ensureNetwork', new Error('cable cut'));
    const network = aNetwork();
    await expect(driver.ensureNetwork(network)).rejects.toThrow('cable cut');
    expect(driver.world.networks.size).toBe(0);
    await driver.ensureNetwork(network);
    expect(driver.world.networks.get(network.id)).toEqual(network);
  });

  it('can fail after the call took effect, as when the node dies before it answers', async () => {
    const driver = new FakeNetworkDriver();
    driver.failNext('ensureSandbox', new Error('gone'), 'after');
    await expect(driver.ensureSandbox('s')).rejects.toThrow('gone');
    expect(driver.world.sandboxes).toEqual(new Set(['s']));
  });

  it('holds calls until they are let go', async () => {
    const driver = new FakeNetworkDriver();
    const network = aNetwork();
    await driver.ensureNetwork(network);
    await driver.ensureSandbox('s');
    const release = driver.hold('plugPort');
    const plugged = driver.plugPort(aPort(network.id, 's'));
    expect((await driver.inspect()).ports).toEqual([]);
    release();
    await plugged;
    expect((await driver.inspect()).ports).toHaveLength(1);
  });

  it('replaces the groups whole', async () => {
    const driver = new FakeNetworkDriver();
    await driver.setGroups([{ id: 'a', addresses: ['10.0.0.1'] }]);
    await driver.setGroups([{ id: 'b', addresses: [] }]);
    expect([...driver.world.groups.keys()]).toEqual(['b']);
  });
});
