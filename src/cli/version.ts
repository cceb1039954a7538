import { readFileSync } from 'node:fs';

/** One version for the whole product: package.json's. */
export function productVersion(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
