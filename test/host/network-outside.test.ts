import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { aPort } from '#drivers/network/contract.ts';
import type { NetworkDriver } from '#drivers/network/driver.ts';
import { newUuid } from '#kernel/ids.ts';
import { NetworkLab } from './network-lab.ts';

/** The bridge that Neutron's Linux bridge agent calls a network's. */
const BRIDGE = 'brq0a1b2c3d-4e';

describe('a port on a bridge of somebody else’s', () => {
  let lab: NetworkLab;
  let driver: NetworkDriver;

  beforeEach(async () => {
    lab = await NetworkLab.make();
    driver = lab.driver();
  });
  afterEach(() => lab.close());

  const plug = async (address: string) => {
    const sandbox = newUuid();
    const netns = await driver.ensureSandbox(sandbox);
    const addresses = [{ address, prefix: 24 }];
    const port = aPort(newUuid(), sandbox, { addresses, outside: { bridge: BRIDGE }, filter: null });
    await driver.plugPort(port);
    return { port, netns, tap: `tap${port.id.slice(0, 11)}` };
  };

  it('has the name that the agent looks for, and carries packets', async () => {
    const [here, there] = [await plug('10.9.0.5'), await plug('10.9.0.6')];
    for (const { tap } of [here, there]) {
      const shown = await lab.run(lab.machine, 'ip', '-o', 'link', 'show', 'dev', tap);
      expect(shown.stdout).toContain(`master ${BRIDGE}`);
    }
    expect((await lab.run(here.netns, 'ping', '-c', '1', '-W', '2', '10.9.0.6')).code).toBe(0);
  });

  it('is found by the next driver, plugged again without harm, and taken away without trace', async () => {
    const { port, netns, tap } = await plug('10.9.0.5');
    const next = lab.driver();
    expect((await next.inspect()).ports).toEqual([port.id]);
    await next.plugPort(port);
    expect((await lab.run(netns, 'ip', 'addr', 'show', 'dev', port.device)).stdout).toContain('10.9.0.5/24');
    await next.unplugPort(port.id);
    await next.unplugPort(port.id);
    expect((await next.inspect()).ports).toEqual([]);
    expect((await lab.run(lab.machine, 'ip', 'link', 'show', 'dev', tap)).code).not.toBe(0);
    await next.close();
  });

  it('is none of another driver’s on the same machine', async () => {
    await plug('10.9.0.5');
    const other = lab.driver({ prefix: 'zz' });
    expect((await other.inspect()).ports).toEqual([]);
    await other.close();
  });

  it('needs a bridge that can be one', async () => {
    const port = aPort(newUuid(), newUuid(), { outside: { bridge: 'a; reboot' } });
    await expect(driver.plugPort(port)).rejects.toMatchObject({ kind: 'bad-request' });
  });
});
