/** What goes into a record: see `protocol.h`. */
export type RecordValue = string | number | Uint8Array;

/** Records, as `[name, value]` in order; a name may come more than once. */
export type Records = readonly (readonly [name: string, value: RecordValue])[];

export function encodeRecords(records: Records): Buffer {
  return Buffer.concat(
    records.flatMap(([name, value]) => {
      const head = Buffer.from(`${name}=`);
      const content = typeof value === 'object' ? value : Buffer.from(String(value));
      const size = Buffer.alloc(4);
      size.writeUInt32LE(head.length + content.length);
      return [size, head, content];
    }),
  );
}

/** @throws RangeError for bytes that are no records. */
export function decodeRecords(bytes: Buffer): readonly (readonly [name: string, value: Buffer])[] {
  const records: [string, Buffer][] = [];
  for (let at = 0; at < bytes.length;) {
    const length = bytes.readUInt32LE(at);
    const record = bytes.subarray(at + 4, at + 4 + length);
    const sign = record.indexOf('=');
    if (record.length !== length || sign < 0) throw new RangeError('These bytes are no records.');
    records.push([record.toString('utf8', 0, sign), record.subarray(sign + 1)]);
    at += 4 + length;
  }
  return records;
}
