import { badRequest } from '#kernel/errors.ts';
import { placeKey, type Place } from '../model/schedule.ts';
import { stateId } from '../model/service-state.ts';
import type { VolumeDb } from '../tables.ts';
import { serviceStateStore } from './periphery-stores.ts';

const VOLUME = stateId('cinder-volume', '');

/** Places whose service is disabled or frozen: nothing new goes there. */
export async function closedPlaces(db: VolumeDb): Promise<ReadonlySet<string>> {
  const states = await serviceStateStore.list(db, (eb) =>
    eb.or([eb('disabled', '=', 1), eb('frozen', '=', 1)]),
  );
  return new Set(
    states
      .filter(({ id }) => id.startsWith(VOLUME))
      .map(({ id }) => {
        const [host = '', backend = ''] = id.slice(VOLUME.length).split('@');
        return placeKey({ host, backend });
      }),
  );
}

/** @throws CloudError `bad-request` where an administrator froze the backend: nothing there is deleted */
export async function assertThawed(
  db: VolumeDb,
  { host, backend }: { readonly host: string | null; readonly backend: Place['backend'] },
): Promise<void> {
  if (host === null) return;
  const name = `${host}@${backend}`;
  const state = await serviceStateStore.find(db, stateId('cinder-volume', name));
  if (state?.frozen) throw badRequest(`Invalid host: backend ${name} is frozen; thaw it first.`);
}

/** @throws CloudError `bad-request` on a host whose backups an administrator disabled */
export async function assertMakesBackups(db: VolumeDb, host: string): Promise<void> {
  const state = await serviceStateStore.find(db, stateId('cinder-backup', host));
  if (state?.disabled) throw badRequest('Service cinder-backup could not be found.');
}
