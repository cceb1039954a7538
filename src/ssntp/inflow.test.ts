import { once } from 'node:events';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { often } from '#test/support/often.ts';
import { Inflow, WINDOW } from './inflow.ts';

/** A stream and what it told its peer. */
function inflow() {
  const told = { granted: 0, cancelled: 0 };
  const flow = new Inflow({
    grant: (bytes) => void (told.granted += bytes),
    cancel: () => void told.cancelled++,
  });
  return { flow, told };
}

test('a peer that keeps to its credit can always send on, whatever the sizes of its chunks', async () => {
  const sizes = fc.array(fc.integer({ min: 1, max: WINDOW / 2 }), { minLength: 1, maxLength: 40 });
  await fc.assert(
    fc.asyncProperty(sizes, async (sizes) => {
      const { flow, told } = inflow();
      let sent = 0;
      const reading = Array.fromAsync(flow.stream as AsyncIterable<Buffer>);
      for (const size of sizes) {
        while (sent + size > WINDOW + told.granted) await new Promise(setImmediate);
        flow.push(Buffer.alloc(size));
        sent += size;
      }
      flow.end();
      expect((await reading).reduce((sum, { length }) => sum + length, 0)).toBe(sent);
      expect(told.cancelled).toBe(0);
    }),
    { numRuns: often(30) },
  );
});

test('nothing is granted while nobody reads', () => {
  const { flow, told } = inflow();
  flow.push(Buffer.alloc(WINDOW));
  expect(told.granted).toBe(0);
  expect(flow.stream.destroyed).toBe(false);
});

test('a peer that sends beyond its credit loses the stream', async () => {
  const { flow, told } = inflow();
  flow.push(Buffer.alloc(WINDOW));
  flow.push(Buffer.alloc(1));
  await expect(Array.fromAsync(flow.stream)).rejects.toMatchObject({ kind: 'bad-request' });
  expect(told.cancelled).toBe(1);
});

test('a stream that ended is not cancelled when its reader leaves', async () => {
  const { flow, told } = inflow();
  flow.push(Buffer.from('x'));
  flow.end();
  flow.stream.destroy();
  await once(flow.stream, 'close');
  expect(told.cancelled).toBe(0);
});
