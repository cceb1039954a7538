import { argon2, createHash, randomBytes, timingSafeEqual, type Argon2Parameters } from 'node:crypto';
import { promisify } from 'node:util';

const derive = promisify<'argon2id', Argon2Parameters, Buffer>(argon2);

/** OWASP's recommendation of today: argon2id, 19 MiB, 2 passes, 1 lane. Runs in the thread pool, off the event loop. */
const COST = { memory: 19_456, passes: 2, parallelism: 1, tagLength: 32 };

/** @returns the hash with its salt and cost as a PHC string. */
export async function hashPassword(password: string): Promise<string> {
  const nonce = randomBytes(16);
  const tag = await derive('argon2id', { ...COST, message: password, nonce });
  const cost = `m=${COST.memory},t=${COST.passes},p=${COST.parallelism}`;
  return `$argon2id$v=19$${cost}$${unpadded(nonce)}$${unpadded(tag)}`;
}

/** Whether the password is the one behind the hash. Without a hash it takes as long and says no. */
export async function verifyPassword(hash: string | null, password: string): Promise<boolean> {
  const parsed = parse(hash ?? '') ?? { ...COST, nonce: Buffer.alloc(16), tag: Buffer.alloc(32) };
  const { tag, nonce, memory, passes, parallelism } = parsed;
  const derived = await derive('argon2id', {
    message: password,
    nonce,
    memory,
    passes,
    parallelism,
    tagLength: tag.length,
  });
  return timingSafeEqual(derived, tag) && hash !== null;
}

function parse(hash: string) {
  const match = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([^$]+)\$([^$]+)$/.exec(hash);
  if (!match) return undefined;
  const [memory, passes, parallelism] = match.slice(1, 4).map(Number) as [number, number, number];
  return {
    memory,
    passes,
    parallelism,
    nonce: Buffer.from(match[4] ?? '', 'base64'),
    tag: Buffer.from(match[5] ?? '', 'base64'),
  };
}

const unpadded = (bytes: Buffer): string => bytes.toString('base64').replaceAll('=', '');

/** Secrets that we made are random, so a fast hash is as safe for them as a slow one; people's own are not. */
export const hashGeneratedSecret = (secret: string): string =>
  `sha256$${createHash('sha256').update(secret).digest('hex')}`;

export async function verifySecret(hash: string, secret: string): Promise<boolean> {
  if (!hash.startsWith('sha256$')) return verifyPassword(hash, secret);
  return timingSafeEqual(Buffer.from(hashGeneratedSecret(secret)), Buffer.from(hash));
}
