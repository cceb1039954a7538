import { GobReader, malformed, type RemoteType } from './gob-reader.ts';
import { BASIC_TYPES, typeId, WIRE_TYPE, type GobRecord, type GobType } from './gob-types.ts';

/** Longest message that is accepted, description or value. */
export const MAX_MESSAGE = 16 << 20;
const MAX_TYPES = 256;

/**
 * The receiving half of one gob stream. It takes bytes in any portions and reads values as the peer described them,
 * whatever its type ids and whether or not we know its fields.
 */
export class GobDecoder {
  readonly #types = new Map(KNOWN_TYPES);
  #pending: Uint8Array[] = [];
  #size = 0;
  #needed = 1;

  /** The records that these bytes complete. @throws CloudError bad-request for what is not gob; the stream is then over. */
  *push(bytes: Uint8Array): Generator<GobRecord> {
    this.#pending.push(bytes);
    this.#size += bytes.length;
    if (this.#size < this.#needed) return;
    let rest = Buffer.concat(this.#pending, this.#size);
    let place = messageAt(rest);
    while (place.end <= rest.length) {
      const record = this.#read(rest.subarray(place.start, place.end));
      if (record) yield record;
      rest = rest.subarray(place.end);
      place = messageAt(rest);
    }
    this.#pending = [rest];
    this.#size = rest.length;
    this.#needed = place.end;
  }

  #read(message: Buffer): GobRecord | undefined {
    const reader = new GobReader(message, this.#types);
    const id = Number(reader.int());
    const record = reader.record(id < 0 ? WIRE_TYPE.id : id);
    reader.end();
    if (id >= 0) return record;
    this.#learn(-id, record);
    return undefined;
  }

  #learn(id: number, wire: GobRecord): void {
    if (this.#types.has(id)) throw malformed('a type described twice');
    if (this.#types.size >= MAX_TYPES) throw malformed('too many types');
    this.#types.set(id, remoteType(wire));
  }
}

/** Where the first message lies in `bytes`. While its length is not all there, `end` says how far to read for it. */
function messageAt(bytes: Buffer): { start: number; end: number } {
  const first = bytes[0];
  if (first === undefined) return { start: 0, end: 1 };
  const start = first < 0x80 ? 1 : 0x101 - first;
  if (start > 9) throw malformed('a length of more than eight bytes');
  if (bytes.length < start) return { start: 0, end: start };
  const length = Number(new GobReader(bytes, KNOWN_TYPES).uint());
  if (length > MAX_MESSAGE) throw malformed(`a message above ${MAX_MESSAGE} bytes`);
  return { start, end: start + length };
}

function remoteType(wire: GobRecord): RemoteType {
  const part = (name: string) => wire[name] as GobRecord | undefined;
  const array = part('ArrayT') ?? part('SliceT');
  if (array) return { kind: 'list', elem: Number(array['Elem'] ?? 0) };
  const map = part('MapT');
  if (map) return { kind: 'map', key: Number(map['Key'] ?? 0), elem: Number(map['Elem'] ?? 0) };
  const struct = part('StructT');
  if (struct) return { kind: 'struct', fields: ((struct['Field'] ?? []) as GobRecord[]).map(remoteField) };
  if (part('GobEncoderT') ?? part('BinaryMarshalerT') ?? part('TextMarshalerT')) return { kind: 'bytes' };
  throw malformed('a type of no known kind');
}

const remoteField = (field: GobRecord) => ({
  name: (field['Name'] ?? '') as string,
  id: Number(field['Id'] ?? 0),
});

function* knownTypes(type: GobType): Generator<[number, RemoteType]> {
  if (type.kind === 'struct') {
    yield [
      type.id,
      { kind: 'struct', fields: type.fields.map(({ name, type }) => ({ name, id: typeId(type) })) },
    ];
    for (const field of type.fields) yield* knownTypes(field.type);
  } else if (type.kind === 'slice') {
    yield [type.id, { kind: 'list', elem: typeId(type.elem) }];
    yield* knownTypes(type.elem);
  }
}

/** What every stream knows before the first description: the basic types and the form of descriptions. */
const KNOWN_TYPES: ReadonlyMap<number, RemoteType> = new Map([...BASIC_TYPES, ...knownTypes(WIRE_TYPE)]);
