import type { Kysely } from 'kysely';
import type { Database } from '#kernel/db/database.ts';
import type { Logger } from '#kernel/log.ts';

const CHANNEL = 'identity';

/** Tells the other control processes, when the transaction commits, that something in identity is another. */
export const tellOthers = <Tables>(database: Database, tx: Kysely<Tables>): Promise<void> =>
  database.signals.send(tx, CHANNEL);

/** Tells them of a change that has committed already. Should that fail, their sweep finds it. */
export async function tellOthersLater(database: Database, log: Logger): Promise<void> {
  try {
    await tellOthers(database, database.handle());
  } catch (err) {
    log.warn({ err }, 'other control processes were not told of a change in identity');
  }
}

/** `forget` is called when another process has changed something in identity, or may have. */
export const onChangeElsewhere = (database: Database, forget: () => void): void =>
  void database.signals.listen(CHANNEL, { heard: forget, missed: forget });
