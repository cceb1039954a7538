const HEADER = 8;

/** What a container said. Without a terminal Docker sends it in frames: a header with the length, then so many bytes. */
export function logText(said: Buffer, hasTerminal: boolean): string {
  if (hasTerminal) return said.toString();
  const parts: Buffer[] = [];
  for (let at = 0; at + HEADER <= said.length;) {
    const end = at + HEADER + said.readUInt32BE(at + 4);
    parts.push(said.subarray(at + HEADER, end));
    at = end;
  }
  return Buffer.concat(parts).toString();
}
