import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';

const taken = new Map<string, Server>();

/** Three letters for interfaces and namespaces that no other test of this machine has: a name in the kernel says so, and goes with us. */
export async function takePrefix(): Promise<string> {
  for (;;) {
    const prefix = `t${randomLetter()}${randomLetter()}`;
    const sign = createServer().unref();
    sign.listen(`\0hydria-test-${prefix}`);
    const isOurs = await once(sign, 'listening').then(
      () => true,
      () => false,
    );
    if (!isOurs) continue;
    taken.set(prefix, sign);
    return prefix;
  }
}

export function releasePrefix(prefix: string): void {
  taken.get(prefix)?.close();
  taken.delete(prefix);
}

const randomLetter = (): string => String.fromCharCode(randomInt(97, 123));
