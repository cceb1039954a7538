import type * as Otpauth from 'otpauth';
import { isoTime } from '#kernel/clock.ts';
import type { Db } from '#kernel/db/database.ts';
import { lazily } from '#kernel/lazily.ts';
import type { User } from '../model/user.ts';
import { attemptStore } from '../store/attempts.ts';
import { handleOf, type IdentityDeps } from './deps.ts';

/** The secrets behind a user's passcodes, in base32. */
export interface TotpSecrets {
  of(userId: string): Promise<readonly string[]>;
}

interface CredentialTable {
  identity_credential: { id: string; user_id: string; type: string; blob_sealed: string };
}

/** They are credentials of the type `totp`. */
export class StoredTotpSecrets implements TotpSecrets {
  readonly #deps: Pick<IdentityDeps, 'database' | 'vault'>;

  constructor(deps: Pick<IdentityDeps, 'database' | 'vault'>) {
    this.#deps = deps;
  }

  async of(userId: string): Promise<readonly string[]> {
    const db: Db<CredentialTable> = this.#deps.database.handle();
    const rows = await db
      .selectFrom('identity_credential')
      .select(['id', 'blob_sealed'])
      .where('user_id', '=', userId)
      .where('type', '=', 'totp')
      .execute();
    const open = async (id: string, sealed: string) =>
      (await this.#deps.vault.open('identity', sealed, `credential/${id}`)).toString();
    return Promise.all(rows.map((row) => open(row.id, row.blob_sealed)));
  }
}

const PERIOD_S = 30;
const otpauth = lazily(() => import('otpauth'));

/** Whether the passcode is one of the user's, of this half minute or the last, and was not used before (RFC 6238). */
export async function verifyPasscode(
  deps: Pick<IdentityDeps, 'database' | 'clock'>,
  user: User,
  { secrets, passcode }: { readonly secrets: readonly string[]; readonly passcode: string },
): Promise<boolean> {
  const timestamp = deps.clock.now().getTime();
  const library = await otpauth();
  const steps = secrets.flatMap((secret) => stepOf(library, secret, { passcode, timestamp }) ?? []);
  const [step] = steps;
  if (step === undefined) return false;
  const expiresAt = isoTime(new Date((step + 3) * PERIOD_S * 1000));
  return attemptStore.usePasscode(handleOf(deps), `${user.id}/${step}/${passcode}`, expiresAt);
}

function stepOf(
  { Secret, TOTP }: typeof Otpauth,
  secret: string,
  { passcode, timestamp }: { readonly passcode: string; readonly timestamp: number },
): number | undefined {
  if (!/^[a-z2-7 ]+=*$/i.test(secret)) return undefined;
  const totp = new TOTP({ secret: Secret.fromBase32(secret.replaceAll(' ', '')), period: PERIOD_S });
  const delta = totp.validate({ token: passcode, timestamp, window: 1 });
  return delta === null || delta > 0 ? undefined : Math.floor(timestamp / (PERIOD_S * 1000)) + delta;
}
