import { decodeGoTime, encodeGoTime } from './go-time.ts';
import { malformed } from './gob-reader.ts';
import { BYTES, gobStruct, UINT, type GobRecord, type GobType, type GobValue } from './gob-types.ts';

/** Numbers of Ciao's code. Its README swaps the last two, but no release ever did. */
export const FrameType = { Command: 0, Status: 1, Error: 2, Event: 3 } as const;

export const VERSION = { major: 0, minor: 1 } as const;
/** Bit 7 of Major: every hop records itself in the frame's trace. */
const TRACED = 0x80;

/** Client → server, first. */
export interface ConnectFrame {
  readonly type: number;
  readonly operand: number;
  readonly role: number;
  readonly source: string;
  readonly destination: string;
}

/** Server → client, in answer. */
export interface ConnectedFrame extends ConnectFrame {
  readonly payload: Uint8Array;
}

/** Everything after the handshake, in both directions. */
export interface Frame {
  readonly type: number;
  readonly operand: number;
  readonly origin: string;
  readonly payload: Uint8Array;
  readonly trace?: FrameTrace;
}

/** Times are nanoseconds since 1970. */
export interface FrameTrace {
  readonly label: Uint8Array;
  readonly start?: bigint;
  readonly end?: bigint;
  /** Whether hops add themselves to the path. */
  readonly recording: boolean;
  readonly path: readonly TraceHop[];
}

export interface TraceHop {
  readonly uuid: string;
  readonly role: number;
  readonly sent?: bigint;
  readonly received?: bigint;
}

// The ids are those of Ciao's last release: peers do not care, but our bytes are then exactly its bytes.
const TIME: GobType = { kind: 'opaque', id: 69, name: 'Time' };
const HEADER = { Major: UINT, Minor: UINT, Type: UINT, Operand: UINT };
const HOP = gobStruct(70, 'Node', { UUID: BYTES, Role: UINT, TxTimestamp: TIME, RxTimestamp: TIME });
const TRACE = gobStruct(68, 'FrameTrace', {
  Label: BYTES,
  StartTimestamp: TIME,
  EndTimestamp: TIME,
  PathLength: UINT,
  Path: { kind: 'slice', id: 71, name: '[]ssntp.Node', elem: HOP },
});

export const CONNECT_FRAME = gobStruct(65, 'ConnectFrame', {
  ...HEADER,
  Role: UINT,
  Source: BYTES,
  Destination: BYTES,
});
export const CONNECTED_FRAME = gobStruct(72, 'ConnectedFrame', {
  ...HEADER,
  Role: UINT,
  Source: BYTES,
  Destination: BYTES,
  PayloadLength: UINT,
  Payload: BYTES,
});
export const FRAME = gobStruct(66, 'Frame', {
  ...HEADER,
  Origin: { kind: 'array', id: 67, name: 'UUID', elem: UINT, length: 16 },
  PayloadLength: UINT,
  Trace: TRACE,
  Payload: BYTES,
});

export const NIL_UUID = '00000000-0000-0000-0000-000000000000';

export const uuidBytes = (uuid: string): Buffer => Buffer.from(uuid.replaceAll('-', ''), 'hex');

export function uuidText(bytes: Uint8Array): string {
  const hex = Buffer.from(bytes).toString('hex');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

export const connectRecord = (frame: ConnectFrame): GobRecord => ({
  ...header(frame, VERSION.major),
  Role: frame.role,
  Source: uuidBytes(frame.source),
  Destination: uuidBytes(frame.destination),
});

export const connectedRecord = (frame: ConnectedFrame): GobRecord => ({
  ...connectRecord(frame),
  PayloadLength: frame.payload.length,
  Payload: frame.payload,
});

export const frameRecord = (frame: Frame): GobRecord => ({
  ...header(frame, VERSION.major | (frame.trace?.recording ? TRACED : 0)),
  Origin: [...uuidBytes(frame.origin)],
  PayloadLength: frame.payload.length,
  Trace: frame.trace && traceRecord(frame.trace),
  Payload: frame.payload,
});

/** Reads a CONNECT, a CONNECTED, or the ERROR that came in its place: gob tells fields apart by name. @throws CloudError bad-request */
export const connectedFrame = (record: GobRecord): ConnectedFrame => ({
  type: uintField(record, 'Type'),
  operand: uintField(record, 'Operand'),
  role: uintField(record, 'Role'),
  source: uuidField(record, 'Source'),
  destination: uuidField(record, 'Destination'),
  payload: bytesField(record, 'Payload'),
});

/** @throws CloudError bad-request when a field has another type than SSNTP says. */
export const frame = (record: GobRecord): Frame => ({
  type: uintField(record, 'Type'),
  operand: uintField(record, 'Operand'),
  origin: uuidField(record, 'Origin'),
  payload: bytesField(record, 'Payload'),
  ...(record['Trace'] === undefined ? {} : { trace: frameTrace(record) }),
});

const header = (frame: { type: number; operand: number }, major: number) => ({
  Major: major,
  Minor: VERSION.minor,
  Type: frame.type,
  Operand: frame.operand,
});

const traceRecord = (trace: FrameTrace): GobRecord => ({
  Label: trace.label,
  StartTimestamp: optionalTime(trace.start),
  EndTimestamp: optionalTime(trace.end),
  PathLength: trace.path.length,
  Path: trace.path.map((hop) => ({
    UUID: uuidBytes(hop.uuid),
    Role: hop.role,
    TxTimestamp: optionalTime(hop.sent),
    RxTimestamp: optionalTime(hop.received),
  })),
});

function frameTrace(record: GobRecord): FrameTrace {
  const trace = asRecord(record['Trace']);
  const path = trace['Path'] ?? [];
  if (!Array.isArray(path)) throw malformed('a Path that is not a list');
  return {
    label: bytesField(trace, 'Label'),
    ...timeField(trace, 'StartTimestamp', 'start'),
    ...timeField(trace, 'EndTimestamp', 'end'),
    recording: (uintField(record, 'Major') & TRACED) !== 0,
    path: path.map(asRecord).map((hop) => ({
      uuid: uuidField(hop, 'UUID'),
      role: uintField(hop, 'Role'),
      ...timeField(hop, 'TxTimestamp', 'sent'),
      ...timeField(hop, 'RxTimestamp', 'received'),
    })),
  };
}

const optionalTime = (nanoseconds: bigint | undefined): GobValue | undefined =>
  nanoseconds === undefined ? undefined : encodeGoTime(nanoseconds);

function timeField<K extends string>(record: GobRecord, name: string, key: K): { [k in K]?: bigint } {
  const time = decodeGoTime(bytesField(record, name));
  return (time === undefined ? {} : { [key]: time }) as { [k in K]?: bigint };
}

function asRecord(value: GobValue | undefined): GobRecord {
  if (typeof value !== 'object' || Array.isArray(value) || value instanceof Uint8Array)
    throw malformed('a trace that is not a struct');
  return value as GobRecord;
}

function uintField(record: GobRecord, name: string): number {
  const value = record[name] ?? 0;
  if (typeof value !== 'number') throw malformed(`a ${name} that is not a number`);
  return value;
}

function bytesField(record: GobRecord, name: string): Uint8Array {
  const value = record[name] ?? new Uint8Array();
  if (!(value instanceof Uint8Array)) throw malformed(`a ${name} that is not bytes`);
  return value;
}

/** Sixteen bytes, which come as a byte string or as an array of numbers. Nil when absent. */
function uuidField(record: GobRecord, name: string): string {
  const value = record[name];
  if (value === undefined) return NIL_UUID;
  const bytes = Array.isArray(value) ? Uint8Array.from(value as number[]) : value;
  if (!(bytes instanceof Uint8Array) || bytes.length !== 16) throw malformed(`a ${name} that is not a UUID`);
  return uuidText(bytes);
}
