import type { DesiredObject, ObjectKey, Report, VolumeReport } from '#node/protocol.ts';
import type { DesiredSource } from '#services/placement/port.ts';
import { desiredOn } from '../store/desired.ts';
import type { VolumeTables } from '../tables.ts';
import type { VolumeDeps } from './deps.ts';
import type { Devices } from './devices.ts';
import { Observations, type Seen } from './observations.ts';
import type { Units } from './units.ts';

/** The volumes, snapshots, attachments and copies each node should have, and what its reports make of them. */
export class DesiredVolumes implements DesiredSource {
  readonly kinds = ['volume', 'snapshot', 'attachment', 'copy'] as const;
  readonly #deps: VolumeDeps;
  readonly #observations: Observations;

  constructor(deps: VolumeDeps, parts: { readonly units: Units; readonly devices: Devices }) {
    this.#deps = deps;
    this.#observations = new Observations(deps, parts);
  }

  list(host: string): Promise<DesiredObject[]> {
    return desiredOn(this.#deps.database.handle<VolumeTables>(), host, null);
  }

  async observed(
    host: string,
    reports: readonly Report[],
    gone: readonly ObjectKey[],
    whole: boolean,
  ): Promise<void> {
    for (const kind of this.kinds) {
      const ofKind = reports.filter((report): report is VolumeReport => report.kind === kind);
      const seen: Seen = {
        host,
        whole,
        reports: new Map(ofKind.map((report) => [report.id, report])),
        gone: new Set(gone.filter((key) => key.kind === kind).map(({ id }) => id)),
      };
      if (whole || seen.reports.size + seen.gone.size > 0) await this.#observations.take(kind, seen);
    }
  }
}
