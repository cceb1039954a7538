import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { newUuid } from '#kernel/ids.ts';
import { ManualClock } from '#test/support/manual-clock.ts';
import { keepsTheContract, Specimen } from '#test/support/type-bench.ts';
import { notFound } from '#kernel/errors.ts';
import { textOf, type JsonMap } from '../../template/json.ts';
import type { Cloud } from '../resource-type.ts';
import { delay } from './delay.ts';
import { cloudConfig, multipartMime, softwareConfig, structuredConfig } from './software-config.ts';
import { cfnWaitConditionHandle, waitCondition, waitConditionHandle } from './wait-condition.ts';

/** Heat's API of software configs, and the catalogue, as far as types ask them. */
function fakeHeat(): Cloud & { readonly configs: Map<string, JsonMap> } {
  const configs = new Map<string, JsonMap>();
  const at = (path: string): JsonMap => {
    const found = configs.get(path.split('/').at(-1) ?? '');
    if (!found) throw notFound('There is no such config.');
    return found;
  };
  const url = 'http://cloud.test/orchestration/v1/p1';
  const cfn = 'http://cloud.test/cloudformation/v1';
  const catalog = [
    { type: 'orchestration', endpoints: [{ interface: 'public', url }] },
    { type: 'cloudformation', endpoints: [{ interface: 'public', url: cfn }] },
  ];
  const answer = (body: unknown) => ({ status: 200, headers: {}, body });
  return {
    configs,
    keys: { add: async () => undefined, remove: async () => undefined },
    async call({ service, method, path, body }) {
      if (service === 'identity') return answer({ catalog });
      if (method === 'POST') {
        const made = { id: newUuid(), creation_time: new Date().toISOString(), ...(body as JsonMap) };
        configs.set(made.id, made);
        return answer({ software_config: made });
      }
      if (method === 'DELETE') return answer(configs.delete(textOf(at(path)['id'])));
      if (path === '/software_configs') return answer({ software_configs: [...configs.values()] });
      return answer({ software_config: at(path) });
    },
  };
}

describe('software configs', () => {
  it.each([
    [softwareConfig, { config: 'echo', group: 'script', inputs: [{ name: 'a' }], outputs: [{ name: 'b' }] }],
    [structuredConfig, { config: { a: { get_input: 'b' } } }],
    [cloudConfig, { cloud_config: { packages: ['nginx'] } }],
    [multipartMime, { parts: [{ config: '#!/bin/sh' }] }],
  ])('are made once, taken away and missed: %#', (type, properties) =>
    keepsTheContract(new Specimen(fakeHeat(), type, properties)),
  );

  it('have inputs and outputs with all that is said of them', async () => {
    const heat = fakeHeat();
    const properties = {
      group: 'script',
      config: 'echo $a',
      options: { x: 1 },
      inputs: [{ name: 'a', default: [1], replace_on_change: true }],
      outputs: [{ name: 'b', error_output: true, type: 'Number' }],
    };
    const made = await new Specimen(heat, softwareConfig, properties).create();
    expect(heat.configs.get(made.id)).toMatchObject({
      group: 'script',
      config: 'echo $a',
      options: { x: 1 },
      inputs: [{ name: 'a', type: 'String', default: [1], replace_on_change: true }],
      outputs: [{ name: 'b', type: 'Number', error_output: true }],
    });
    expect(await made.get('config')).toBe('echo $a');
  });

  it('for cloud-init are YAML under its first line', async () => {
    const wanted = { packages: ['nginx'], runcmd: [['ls', '-l']] };
    const made = await new Specimen(fakeHeat(), cloudConfig, { cloud_config: wanted }).create();
    const config = textOf(await made.get('config'));
    expect(config).toMatch(/^#cloud-config\n/);
    expect(parse(config)).toEqual(wanted);
  });

  it('are put together as parts of one text', async () => {
    const heat = fakeHeat();
    const one = await new Specimen(heat, softwareConfig, { config: '#!/bin/sh\necho one' }).create();
    const parts = [
      { config: one.id, filename: 'one.sh' },
      { config: 'two', subtype: 'x-two' },
      { config: 'Content-Type: multipart/mixed', type: 'multipart' },
    ];
    const made = await new Specimen(heat, multipartMime, { parts }).create();
    const text = textOf(await made.get('config'));
    expect(text).toMatch(/^Content-Type: multipart\/mixed; boundary="/);
    expect(text).toContain('Content-Type: text/x-shellscript; charset="utf-8"');
    expect(text).toContain('filename="one.sh"\n\n#!/bin/sh\necho one\n');
    expect(text).toContain('Content-Type: text/x-two; charset="utf-8"\nMIME-Version: 1.0\n\ntwo\n');
    expect(text.match(/^--=+.*==$/gm)).toHaveLength(3);
  });
});

describe('wait conditions', () => {
  const handleOf = (properties: JsonMap = {}, type = waitConditionHandle) =>
    new Specimen(fakeHeat(), type, properties).create();
  async function waiting(handle: Specimen, properties: JsonMap = {}) {
    const clock = new ManualClock();
    const made = new Specimen(fakeHeat(), waitCondition, { handle: handle.id, timeout: 60, ...properties });
    made.clock = clock;
    // Each round of asking takes a minute, so that what does not come is over.
    made.passing = async () => clock.advance(60_000);
    made.told.set(handle.id, handle.told.get(handle.id) ?? []);
    return made;
  }

  it('end with the signals that they count, and tell their data', async () => {
    const handle = await handleOf();
    expect(await handle.signal({ id: 'a', data: 'one', reason: 'up' })).toBe('status:SUCCESS reason:up');
    await handle.signal({ id: 'a', data: 'again' });
    expect(await handle.signal({})).toBe('status:SUCCESS reason:Signal 2 received');
    const condition = await (await waiting(handle, { count: 2 })).create();
    expect(JSON.parse(textOf(await condition.get('data')))).toEqual({ a: 'again', 2: null });
  });

  it('fail with the reason of the first failure', async () => {
    const handle = await handleOf();
    await handle.signal({ status: 'FAILURE', reason: 'disk full' });
    await expect((await waiting(handle)).create()).rejects.toThrow('WaitConditionFailure: disk full');
  });

  it('fail when their time is over', async () => {
    const handle = await handleOf();
    await handle.signal({});
    const condition = await waiting(handle, { count: 3 });
    await expect(condition.create()).rejects.toThrow('WaitConditionTimeout: 1 of 3 received');
  });

  it('want a handle that is there', async () => {
    const condition = new Specimen(fakeHeat(), waitCondition, { handle: 'nobody', timeout: 1 });
    await expect(condition.create()).rejects.toThrow('There is no wait condition handle nobody.');
  });

  it('refuse signals that say nothing they know', async () => {
    await expect((await handleOf()).signal({ status: 'MAYBE' })).rejects.toThrow('Invalid status "MAYBE"');
    const cfn = await handleOf({}, cfnWaitConditionHandle);
    await expect(cfn.signal({ status: 'SUCCESS' })).rejects.toThrow('Metadata failed validation');
    const whole = { id: '1', status: 'SUCCESS', reason: 'up', data: 'd' };
    expect(await cfn.signal(whole)).toBe('status:SUCCESS reason:up');
  });

  it('have handles that say where they are signalled', async () => {
    const url = 'http://cloud.test/orchestration/v1/p1/stacks/one/stack-1/resources/specimen/signal';
    const handle = await handleOf();
    expect(await handle.get('endpoint')).toBe(url);
    expect(await handle.get('curl_cli')).toContain(url);
    expect(JSON.parse(textOf(await handle.get('signal')))).toEqual({ alarm_url: url });
    expect(await (await handleOf({ signal_transport: 'NO_SIGNAL' })).get('endpoint')).toBeNull();
  });
});

describe('delays', () => {
  const delayed = (properties: JsonMap) => {
    const made = new Specimen(fakeHeat(), delay, properties);
    const clock = new ManualClock();
    const begun = clock.now().getTime();
    made.clock = clock;
    made.passing = async () => clock.advance(1000);
    return { made, seconds: () => (clock.now().getTime() - begun) / 1000 };
  };

  it('take their time when they are made', async () => {
    const { made, seconds } = delayed({ min_wait: 5 });
    await made.create();
    expect(seconds()).toBe(5);
    await made.remove();
    expect(seconds()).toBe(5);
  });

  it('take it for the actions that are said', async () => {
    const { made, seconds } = delayed({ min_wait: 5, actions: ['DELETE', 'UPDATE'] });
    await made.create();
    expect(seconds()).toBe(0);
    await made.update({ min_wait: 7 });
    expect(seconds()).toBe(7);
    await made.remove();
    expect(seconds()).toBe(14);
  });

  it('take more by chance, as much as is said at most', async () => {
    const { made, seconds } = delayed({ min_wait: 2, max_jitter: 3, jitter_multiplier: 2 });
    await made.create();
    expect(seconds()).toBeGreaterThanOrEqual(2);
    expect(seconds()).toBeLessThanOrEqual(8);
  });
});
