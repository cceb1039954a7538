import { nameUuid } from '#kernel/ids.ts';
import { refTo } from '../model/refs.ts';
import { wireTime } from '../model/times.ts';

/** There is one place for secrets: this database, encrypted by the vault. */
export const STORE_ID = nameUuid('6ba7b810-9dad-11d1-80b4-00c04fd430c8', 'hydria.secret-store');
const SINCE = wireTime('2026-01-01T00:00:00.000Z');

export const storeView = (base: string) => ({
  secret_store_ref: refTo(base, 'secret-stores', STORE_ID),
  name: 'vault',
  status: 'ACTIVE',
  global_default: true,
  secret_store_plugin: 'store_crypto',
  crypto_plugin: 'vault',
  created: SINCE,
  updated: SINCE,
});
