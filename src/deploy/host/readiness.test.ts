import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import type { Clock } from '#kernel/clock.ts';
import {
  describeHealth,
  findHealth,
  isReady,
  parseHealth,
  waitUntilReady,
  type Health,
} from './readiness.ts';

const health = (change: Partial<Health> = {}): Health => ({ ready: true, services: {}, nodes: 1, ...change });

/** Time passes only when someone sleeps. */
function patientClock(): Clock {
  let now = 0;
  return { now: () => new Date(now), sleep: async (ms) => void (now += ms) };
}

describe('readiness', () => {
  it('needs every API and a node', () => {
    expect(isReady(health())).toBe(true);
    expect(isReady(health({ nodes: 0 }))).toBe(false);
    expect(isReady(health({ ready: false }))).toBe(false);
    expect(isReady(undefined)).toBe(false);
  });

  it.each([null, 'yes', [], { ready: 'yes', nodes: 1 }, { ready: true }])('does not believe %j', (body) => {
    expect(parseHealth(body)).toBeUndefined();
  });

  it('says what it waits for', () => {
    expect(describeHealth(undefined)).toBe('the API does not answer');
    expect(describeHealth(health({ services: { image: 'starting', network: 'ok' } }))).toBe(
      'waiting for image',
    );
    expect(describeHealth(health({ nodes: 0 }))).toBe('no node is connected');
    expect(describeHealth(health())).toBe('ready');
  });

  it('waits until it is there', async () => {
    const answers = [undefined, health({ nodes: 0 }), health()];
    await waitUntilReady(async () => answers.shift(), 1_000, patientClock());
    expect(answers).toEqual([]);
  });

  it('gives up with the reason', async () => {
    const look = async () => health({ nodes: 0 });
    await expect(waitUntilReady(look, 2_000, patientClock())).rejects.toThrow(
      'not ready after 2 s: no node is connected',
    );
  });
});

describe('findHealth', () => {
  it('takes what another program answers for no answer', async () => {
    const server = createServer((_, response) => response.end('<html>')).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    expect(await findHealth(url)).toBeUndefined();
    server.close();
    await once(server, 'close');
    expect(await findHealth(url)).toBeUndefined();
  });
});
