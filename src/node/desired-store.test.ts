import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { start } from '#kernel/exec.ts';
import { aContainer, aNetwork } from '#test/support/node-objects.ts';
import { DesiredStore } from './desired-store.ts';
import { NO_FACTS } from './objects.ts';

let directory: string;
const path = () => join(directory, 'node.db');
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hydria-store-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

describe('the store', () => {
  it('gives back after a restart what it was given', () => {
    const store = new DesiredStore(path());
    const [container, network] = [aContainer(), aNetwork()];
    store.save([
      { kind: 'container', id: 'c1', desired: container, wanted: true },
      { kind: 'network', id: 'net', desired: network, wanted: false },
    ]);
    const facts = { ...NO_FACTS, applied: 3 };
    store.saveFacts('container', 'c1', facts);
    store.saveFacts('sandbox', 'c1', { ...NO_FACTS, netns: '/run/netns/x' });
    store.writeNote('boot-id', 'one');
    store.close();

    const again = new DesiredStore(path());
    expect(again.load()).toHaveLength(3);
    expect(again.load()).toContainEqual({
      kind: 'container',
      id: 'c1',
      desired: container,
      wanted: true,
      facts,
    });
    expect(again.load()).toContainEqual({
      kind: 'network',
      id: 'net',
      desired: network,
      wanted: false,
      facts: NO_FACTS,
    });
    expect(again.readNote('boot-id')).toBe('one');
    again.remove('container', 'c1');
    expect(again.load().map(({ kind }) => kind)).not.toContain('container');
    again.close();
  });

  it('stores all objects of a message or none', () => {
    const store = new DesiredStore(path());
    const bad = { kind: 'port' as const, id: null as unknown as string, desired: null, wanted: true };
    expect(() =>
      store.save([{ kind: 'network', id: 'net', desired: aNetwork(), wanted: true }, bad]),
    ).toThrow();
    expect(store.load()).toEqual([]);
    store.close();
  });

  it('has lost nothing that it said was stored when its process is killed', async () => {
    const script = fileURLToPath(new URL('../../test/support/store-writer.ts', import.meta.url));
    const writer = start(process.execPath, [script, path()]);
    let told = '';
    writer.stdout?.setEncoding('utf8').on('data', (text: string) => {
      told += text;
      if (told.split('\n').length > 50) writer.kill('SIGKILL');
    });
    await once(writer, 'close');

    const last = Math.max(...told.split('\n').slice(0, -1).map(Number));
    const generations = new DesiredStore(path()).load().map(({ desired }) => desired?.generation ?? 0);
    expect(generations).toHaveLength(2);
    expect(generations[0]).toBe(generations[1]);
    expect(generations[0]).toBeGreaterThanOrEqual(last);
  });
});
