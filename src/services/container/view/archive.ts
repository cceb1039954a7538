import type { ArchiveStat } from '#drivers/runtime/driver.ts';

/** As JSON while it comes, so that no archive is ever whole in memory. */
export async function* archiveText(
  stat: ArchiveStat,
  tar: AsyncIterable<Uint8Array>,
  isBase64: boolean,
): AsyncGenerator<string> {
  yield '{"data":"';
  yield* isBase64 ? base64(tar) : characters(tar);
  yield `","stat":${JSON.stringify(stat)}}`;
}

/** Three bytes are four characters: what is left over waits for the next chunk. */
async function* base64(tar: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  let left = Buffer.alloc(0);
  for await (const chunk of tar) {
    const bytes = Buffer.concat([left, chunk]);
    const whole = bytes.length - (bytes.length % 3);
    yield bytes.toString('base64', 0, whole);
    left = bytes.subarray(whole);
  }
  yield left.toString('base64');
}

/** One for each byte. */
async function* characters(tar: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  for await (const chunk of tar) yield JSON.stringify(Buffer.from(chunk).toString('latin1')).slice(1, -1);
}
