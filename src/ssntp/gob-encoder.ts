import {
  typeId,
  WIRE_TYPE,
  type GobRecord,
  type GobStruct,
  type GobType,
  type GobValue,
} from './gob-types.ts';

/** The sending half of one gob stream: it describes each type once, before the first value that needs it. */
export class GobEncoder {
  readonly #described = new Set<number>();

  encode(type: GobStruct, value: GobRecord): Buffer {
    const out = new GobWriter();
    this.#describe(type, out);
    out.message(type.id, type, value);
    return out.bytes();
  }

  #describe(type: GobType, out: GobWriter): void {
    if (!('id' in type) || this.#described.has(type.id)) return;
    this.#described.add(type.id);
    out.message(-type.id, WIRE_TYPE, description(type));
    if (type.kind === 'struct') for (const field of type.fields) this.#describe(field.type, out);
    if (type.kind === 'slice' || type.kind === 'array') this.#describe(type.elem, out);
  }
}

function description(type: Extract<GobType, { id: number }>): GobRecord {
  const CommonType = { Name: type.name, Id: type.id };
  switch (type.kind) {
    case 'array':
      return { ArrayT: { CommonType, Elem: typeId(type.elem), Len: type.length } };
    case 'slice':
      return { SliceT: { CommonType, Elem: typeId(type.elem) } };
    case 'opaque':
      return { GobEncoderT: { CommonType } };
    case 'struct': {
      const Field = type.fields.map((field) => ({ Name: field.name, Id: typeId(field.type) }));
      return { StructT: { CommonType, Field } };
    }
  }
}

class GobWriter {
  readonly #parts: Uint8Array[] = [];
  #length = 0;

  bytes(): Buffer {
    return Buffer.concat(this.#parts, this.#length);
  }

  message(id: number, type: GobStruct, value: GobRecord): void {
    const body = new GobWriter();
    body.#int(id);
    body.#struct(type, value);
    this.#uint(body.#length);
    this.#append(...body.#parts);
  }

  #value(type: GobType, value: GobValue): void {
    switch (type.kind) {
      case 'struct':
        return this.#struct(type, value as GobRecord);
      case 'array':
      case 'slice':
        return this.#list(type.elem, value as Iterable<GobValue> & { length: number });
      case 'string':
        return this.#blob(Buffer.from(value as string));
      case 'bytes':
      case 'opaque':
        return this.#blob(value as Uint8Array);
      case 'int':
        return this.#int(value as number);
      case 'bool':
      case 'uint':
        return this.#uint(Number(value));
      case 'float':
        throw new TypeError('SSNTP has no floating-point field');
    }
  }

  #struct(type: GobStruct, record: GobRecord): void {
    let previous = -1;
    for (const [index, field] of type.fields.entries()) {
      const value = record[field.name];
      if (value === undefined || isOmitted(field.type, value)) continue;
      this.#uint(index - previous);
      this.#value(field.type, value);
      previous = index;
    }
    this.#uint(0);
  }

  #list(elem: GobType, values: Iterable<GobValue> & { length: number }): void {
    this.#uint(values.length);
    for (const value of values) this.#value(elem, value);
  }

  #blob(bytes: Uint8Array): void {
    this.#uint(bytes.length);
    this.#append(bytes);
  }

  /** One byte below 128; else the negated count of the big-endian bytes that follow. */
  #uint(value: number): void {
    if (value < 0x80) return this.#append(Uint8Array.of(value));
    const hex = value.toString(16);
    const digits = Buffer.from(hex.length % 2 ? `0${hex}` : hex, 'hex');
    this.#append(Uint8Array.of(0x100 - digits.length), digits);
  }

  /** The sign goes to the lowest bit. */
  #int(value: number): void {
    this.#uint(value < 0 ? -(value + 1) * 2 + 1 : value * 2);
  }

  #append(...parts: Uint8Array[]): void {
    for (const part of parts) {
      this.#parts.push(part);
      this.#length += part.length;
    }
  }
}

/** Zero values are not sent, except for arrays and structs, which always are. */
function isOmitted(type: GobType, value: GobValue): boolean {
  if (type.kind === 'array' || type.kind === 'struct') return false;
  if (typeof value === 'object') return (value as Uint8Array | readonly GobValue[]).length === 0;
  return !value;
}
