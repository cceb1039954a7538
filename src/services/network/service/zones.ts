import { networkError } from '../model/errors.ts';
import { ZONE } from '../view/standard.ts';

/** There is one zone. @throws CloudError `AvailabilityZoneNotFound` for any other. */
export function assertZones(resource: 'network' | 'router', hints: readonly string[] | undefined): void {
  const unknown = hints?.find((hint) => hint !== ZONE);
  if (unknown !== undefined)
    throw networkError(
      'not-found',
      'AvailabilityZoneNotFound',
      `AvailabilityZone ${unknown} could not be found for ${resource}.`,
    );
}
