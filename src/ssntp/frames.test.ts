import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CloudError } from '#kernel/errors.ts';
import {
  CONNECT_FRAME,
  CONNECTED_FRAME,
  connectedFrame,
  connectedRecord,
  connectRecord,
  FRAME,
  frame,
  frameRecord,
  type Frame,
} from './frames.ts';
import { GobDecoder, MAX_MESSAGE } from './gob-decoder.ts';
import { GobEncoder } from './gob-encoder.ts';
import type { GobRecord } from './gob-types.ts';
import { often } from '#test/support/often.ts';

interface Golden {
  readonly streams: readonly {
    readonly stream: string;
    readonly frames: readonly {
      name: string;
      struct: string;
      bytes: string;
      value: Record<string, unknown>;
    }[];
  }[];
}
const fixture = new URL('../../test/fixtures/ssntp/ciao-last-release.json', import.meta.url);
const golden = JSON.parse(readFileSync(fixture, 'utf8')) as Golden;

const hex = (text: string) => Buffer.from(text, 'hex');
const decodeAll = (chunks: Iterable<Uint8Array>): GobRecord[] => {
  const decoder = new GobDecoder();
  return [...chunks].flatMap((chunk) => [...decoder.push(chunk)]);
};

/** Encodes again what was decoded. */
function encodeAgain(encoder: GobEncoder, struct: string, record: GobRecord): Buffer {
  if (struct === 'ConnectFrame') return encoder.encode(CONNECT_FRAME, connectRecord(connectedFrame(record)));
  if (struct === 'ConnectedFrame')
    return encoder.encode(CONNECTED_FRAME, connectedRecord(connectedFrame(record)));
  return encoder.encode(FRAME, frameRecord(frame(record)));
}

describe.each(golden.streams)('the recorded stream "$stream"', ({ frames }) => {
  const wire = frames.map((frame) => hex(frame.bytes));

  test('is decoded to the values that Ciao sent', () => {
    const records = decodeAll(wire);
    expect(records).toHaveLength(frames.length);
    for (const [i, { value }] of frames.entries()) {
      for (const name of ['Major', 'Minor', 'Type', 'Operand', 'Role', 'PayloadLength'])
        expect(records[i]?.[name] ?? 0).toBe(value[name] ?? 0);
      expect(Buffer.from((records[i]?.['Payload'] ?? []) as Uint8Array).toString('base64')).toBe(
        value['Payload'] ?? '',
      );
    }
  });

  test('is encoded to the very bytes that Ciao sent', () => {
    const encoder = new GobEncoder();
    const records = decodeAll(wire);
    for (const [i, { struct, bytes }] of frames.entries())
      expect(encodeAgain(encoder, struct, records[i] ?? {}).toString('hex')).toBe(bytes);
  });

  test('may arrive in any portions', () => {
    const all = Buffer.concat(wire);
    const whole = decodeAll([all]);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1 }), (sizes) => {
        expect(decodeAll(portions(all, sizes))).toEqual(whole);
      }),
      { numRuns: often(50) },
    );
  });

  test('loses only its last frame when it is cut short', () => {
    const all = Buffer.concat(wire);
    for (let cut = 0; cut < all.length; cut += 7)
      expect(decodeAll([all.subarray(0, cut)]).length).toBeLessThan(frames.length);
  });

  test('with any bytes changed is either read or refused', () => {
    const all = Buffer.concat(wire);
    const change = fc.record({ at: fc.nat(all.length - 1), byte: fc.nat(255) });
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
        const bytes = Buffer.from(all);
        for (const { at, byte } of changes) bytes[at] = byte;
        expectReadOrRefused(bytes);
      }),
      { numRuns: often(500) },
    );
  });
});

test('garbage is either read as nothing or refused', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 400 }), expectReadOrRefused), { numRuns: often(1000) });
});

test('every frame survives the trip', () => {
  const uuid = fc.uuid();
  const time = fc.bigInt({ min: 0n, max: 1n << 60n });
  const hop = fc.record({ uuid, role: fc.nat(63), sent: time, received: time });
  const trace = fc.record({
    label: fc.uint8Array(),
    start: time,
    end: time,
    recording: fc.boolean(),
    path: fc.array(hop, { maxLength: 4 }),
  });
  const any = fc.record(
    { type: fc.nat(255), operand: fc.nat(255), origin: uuid, payload: fc.uint8Array(), trace },
    { requiredKeys: ['type', 'operand', 'origin', 'payload'] },
  );
  fc.assert(
    fc.property(fc.array(any, { minLength: 1, maxLength: 5 }), (frames) => {
      const encoder = new GobEncoder();
      const records = decodeAll(frames.map((each) => encoder.encode(FRAME, frameRecord(each))));
      expect(records.map((record) => plain(frame(record)))).toEqual(frames.map(plain));
    }),
  );
});

test('a frame above the limit is refused before it is buffered', () => {
  const length = Buffer.alloc(5);
  length[0] = 0x100 - 4;
  length.writeUInt32BE(MAX_MESSAGE + 1, 1);
  expect(() => decodeAll([length])).toThrow(/above/);
});

test('fields that we do not know are skipped, and type ids may be any', () => {
  const record = { Type: 3, Operand: 2, Novelty: 9, Origin: Array<number>(16).fill(200) };
  const fields = FRAME.fields.filter(({ name }) => name !== 'Trace');
  const later = {
    ...FRAME,
    id: 90,
    fields: [{ name: 'Novelty', type: { kind: 'uint' } as const }, ...fields],
  };
  const [decoded] = decodeAll([new GobEncoder().encode(later, record)]);
  expect(frame(decoded ?? {})).toMatchObject({
    type: 3,
    operand: 2,
    origin: 'c8c8c8c8-c8c8-c8c8-c8c8-c8c8c8c8c8c8',
  });
});

test('a field of another type than SSNTP says is refused', () => {
  expect(() => frame({ Type: 'x' })).toThrow(CloudError);
  expect(() => frame({ Origin: [1, 2] })).toThrow(CloudError);
  expect(() => frame({ Payload: 7 })).toThrow(CloudError);
  expect(() => frame({ Trace: { Path: [{ UUID: Buffer.alloc(3) }] } })).toThrow(CloudError);
  expect(() => frame({ Trace: 5 })).toThrow(CloudError);
  expect(() => frame({ Trace: { Path: 5 } })).toThrow(CloudError);
});

const plain = (value: Frame) => ({
  ...value,
  payload: [...value.payload],
  ...(value.trace ? { trace: { ...value.trace, label: [...value.trace.label] } } : {}),
});

function* portions(bytes: Buffer, sizes: readonly number[]): Generator<Buffer> {
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const size = sizes[i % sizes.length] ?? 1;
    yield bytes.subarray(at, at + size);
    at += size;
  }
}

function expectReadOrRefused(bytes: Uint8Array): void {
  try {
    for (const record of decodeAll([bytes])) frame(record);
  } catch (thrown) {
    expect(thrown).toBeInstanceOf(CloudError);
    expect(thrown).toMatchObject({ kind: 'bad-request' });
  }
}
