import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { aPort } from '#drivers/network/contract.ts';
import type { NeutronPort } from '#src/openstack/neutron.ts';
import { DesiredStore } from './desired-store.ts';
import { NodeBinding } from './node-binding.ts';
import type { DesiredObject } from './protocol.ts';
import { World } from './world.ts';

const ENDPOINT = 'e'.repeat(64);
let directory: string;
let store: DesiredStore;
let world: World;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'binding-'));
  store = new DesiredStore(join(directory, 'node.db'));
  world = new World(store);
});
afterEach(async () => {
  store.close();
  await rm(directory, { recursive: true, force: true });
});

const spec = aPort('net', ENDPOINT, { handover: true, device: 't_c0' });
const bindable = { port: { id: spec.id, device_id: ENDPOINT } as NeutronPort, mtu: 1450 };
const desired = (generation: number, sandboxId = ENDPOINT): DesiredObject => ({
  kind: 'port',
  id: spec.id,
  generation,
  spec: { ...spec, sandboxId },
});
const entry = () => {
  const found = world.find('port', spec.id);
  if (!found) throw new Error('The port is not there.');
  return found;
};
const bind = (patienceMs?: number) =>
  new NodeBinding({ world, host: 'node-1', ...(patienceMs === undefined ? {} : { patienceMs }) }).bind(
    bindable,
  );

describe('binding on a node', () => {
  it('waits until the port has come and is plugged for that endpoint', async () => {
    world.put([desired(1, 'f'.repeat(64))], []);
    world.setFacts(entry(), { applied: 1 });
    let isBound = false;
    const bound = bind().then(() => (isBound = true));
    world.put([desired(2)], []);
    await Promise.resolve();
    expect(isBound).toBe(false);
    world.setFacts(entry(), { applied: 2 });
    await bound;
    await bind();
  });

  it('gives up with the node’s reason when it can never be plugged', async () => {
    world.put([desired(1)], []);
    const bound = bind();
    world.setFailure(entry(), { reason: 'a bad MAC', final: true, count: 1, retryAt: 0 });
    await expect(bound).rejects.toThrow('a bad MAC');
  });

  it('says what is missing when it takes too long', async () => {
    await expect(bind(0)).rejects.toThrow('control did not send it');
    world.put([desired(1)], []);
    await expect(bind(0)).rejects.toMatchObject({ kind: 'unavailable' });
  });

  it('wants no sandbox for a port that is handed over', () => {
    world.put([desired(1)], []);
    expect(world.find('sandbox', ENDPOINT)).toBeUndefined();
  });
});
