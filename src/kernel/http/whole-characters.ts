const NOTHING = Buffer.alloc(0);

/** Cuts bytes so that no character of UTF-8 is divided: clients decode each message for itself. What is no UTF-8 passes as it is. */
export class WholeCharacters {
  #rest: Buffer = NOTHING;

  /** @returns all but the beginning of a character whose rest is still to come. */
  take(chunk: Uint8Array): Buffer {
    const bytes = Buffer.concat([this.#rest, chunk]);
    const end = bytes.length - begunAtTheEnd(bytes);
    this.#rest = bytes.subarray(end);
    return bytes.subarray(0, end);
  }

  /** What is left when no more comes. */
  flush(): Buffer {
    const rest = this.#rest;
    this.#rest = NOTHING;
    return rest;
  }
}

/** How many of the last bytes begin a character that is not whole. */
function begunAtTheEnd(bytes: Buffer): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back] ?? 0;
    if ((byte & 0xc0) !== 0x80) return lengthOf(byte) > back ? back : 0;
  }
  return 0;
}

/** Of the character that begins with this byte. */
const lengthOf = (byte: number): number => (byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1);
