import { badRequest, type CloudError } from '#kernel/errors.ts';
import type { GobRecord, GobValue } from './gob-types.ts';

/** A type as the peer described it: it names other types by id, since they may come later, or be itself. */
export type RemoteType =
  | { readonly kind: 'bool' | 'int' | 'uint' | 'float' | 'bytes' | 'string' }
  | { readonly kind: 'list'; readonly elem: number }
  | { readonly kind: 'map'; readonly key: number; readonly elem: number }
  | { readonly kind: 'struct'; readonly fields: readonly { readonly name: string; readonly id: number }[] };

/** Values in one message, and how deep they nest: a small message must not grow into much memory. */
const MAX_VALUES = 1 << 16;
const MAX_DEPTH = 32;

export const malformed = (what: string): CloudError =>
  badRequest(`The peer sent ${what} where SSNTP expects a gob stream.`, { code: 'malformed-frame' });

/** Reads the values of one gob message. */
export class GobReader {
  readonly #bytes: Buffer;
  readonly #types: ReadonlyMap<number, RemoteType>;
  #at = 0;
  #values = 0;

  constructor(bytes: Buffer, types: ReadonlyMap<number, RemoteType>) {
    this.#bytes = bytes;
    this.#types = types;
  }

  /** One byte below 128; else the negated count of the big-endian bytes that follow. */
  uint(): number | bigint {
    const first = this.#take(1)[0] ?? 0;
    if (first < 0x80) return first;
    const size = 0x100 - first;
    if (size > 8) throw malformed('an integer of more than eight bytes');
    const value = BigInt(`0x${this.#take(size).toString('hex')}`);
    return value <= Number.MAX_SAFE_INTEGER ? Number(value) : value;
  }

  /** The sign is in the lowest bit. */
  int(): number | bigint {
    const raw = BigInt(this.uint());
    const value = raw & 1n ? -(raw >> 1n) - 1n : raw >> 1n;
    return BigInt.asIntN(53, value) === value ? Number(value) : value;
  }

  record(id: number): GobRecord {
    const type = this.#types.get(id);
    if (type?.kind !== 'struct') throw malformed('a value that is not a struct');
    return this.#struct(type.fields, 0);
  }

  end(): void {
    if (this.#at !== this.#bytes.length) throw malformed('bytes after a value');
  }

  #value(id: number, depth: number): GobValue {
    const type = this.#types.get(id);
    if (!type) throw malformed(`a value of the unknown type ${id}`);
    if (depth > MAX_DEPTH || ++this.#values > MAX_VALUES) throw malformed('too large a value');
    switch (type.kind) {
      case 'bool':
        return this.uint() !== 0;
      case 'int':
        return this.int();
      case 'uint':
        return this.uint();
      case 'float':
        return this.#float();
      case 'bytes':
        return this.#take(this.#count());
      case 'string':
        return this.#take(this.#count()).toString('utf8');
      case 'list':
        return Array.from({ length: this.#count() }, () => this.#value(type.elem, depth + 1));
      case 'map':
        return Array.from({ length: this.#count() }, () => [
          this.#value(type.key, depth + 1),
          this.#value(type.elem, depth + 1),
        ]);
      case 'struct':
        return this.#struct(type.fields, depth + 1);
    }
  }

  /** Each field as the distance from the one before, then its value; a distance of zero ends the struct. */
  #struct(fields: readonly { name: string; id: number }[], depth: number): GobRecord {
    const entries: [string, GobValue][] = [];
    let index = -1;
    for (let distance = this.uint(); distance !== 0; distance = this.uint()) {
      index += Number(distance);
      const field = fields[index];
      if (!field) throw malformed('a field that its type does not have');
      entries.push([field.name, this.#value(field.id, depth)]);
    }
    return Object.fromEntries(entries);
  }

  #float(): number {
    const bits = Buffer.alloc(8);
    bits.writeBigUInt64BE(BigInt(this.uint()));
    return bits.readDoubleLE();
  }

  /** A length or a count: what it counts takes at least one byte each. */
  #count(): number {
    const count = Number(this.uint());
    if (count > this.#bytes.length - this.#at) throw malformed('a length beyond the end of its frame');
    return count;
  }

  #take(size: number): Buffer {
    const end = this.#at + size;
    if (end > this.#bytes.length) throw malformed('a truncated value');
    const taken = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return taken;
  }
}
