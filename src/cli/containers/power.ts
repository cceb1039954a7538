import { UsageError, verb } from '../arguments.ts';
import { openContainers } from '../cloud.ts';
import { each } from './each.ts';
import { settled } from './waiting.ts';

/** `start`, `pause`, `unpause`: what the API calls the same. */
const plain = (name: string) =>
  verb({ usage: `${name} CONTAINER…`, options: {}, operands: [1, Infinity] }, async (_, refs) =>
    powerAll(name, refs),
  );

const withTimeout = (name: string, action: string) =>
  verb(
    {
      usage: `${name} [-t SECONDS] CONTAINER…`,
      options: { time: { type: 'string', short: 't', help: 'SECONDS  until it is killed; default 10' } },
      operands: [1, Infinity],
    },
    async ({ time }, refs) => {
      if (time !== undefined && !/^\d{1,9}$/.test(time)) throw new UsageError('--time takes seconds.');
      return powerAll(action, refs, time === undefined ? undefined : Number(time));
    },
  );

export const start = plain('start');
export const pause = plain('pause');
export const unpause = plain('unpause');
export const stop = withTimeout('stop', 'stop');
export const restart = withTimeout('restart', 'reboot');

export const kill = verb(
  {
    usage: 'kill [-s SIGNAL] CONTAINER…',
    options: { signal: { type: 'string', short: 's', default: 'KILL', help: 'SIGNAL  by name or number' } },
    operands: [1, Infinity],
  },
  async ({ signal }, refs) => {
    const containers = await openContainers();
    return each(refs, (ref) => containers.kill(ref, signal));
  },
);

/** Each is waited for, so that what comes next finds it so. */
async function powerAll(action: string, refs: readonly string[], timeout?: number): Promise<number> {
  const containers = await openContainers();
  return each(refs, async (ref) => {
    await containers.power(ref, action, timeout);
    await settled(containers, ref);
  });
}
