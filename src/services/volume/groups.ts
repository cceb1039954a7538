import type { Route } from '#kernel/http/route.ts';
import { groupSnapshotRoutes } from './routes/group-snapshots.ts';
import { groupTypeRoutes } from './routes/group-types.ts';
import { groupRoutes } from './routes/groups.ts';
import type { VolumeCreation } from './service/creation.ts';
import type { VolumeDeps } from './service/deps.ts';
import { GroupCopies } from './service/group-copies.ts';
import { GroupSnapshotService } from './service/group-snapshots.ts';
import { GroupTypeService } from './service/group-types.ts';
import { GroupService } from './service/groups.ts';
import type { Lookup } from './service/lookup.ts';
import type { Quotas } from './service/quotas.ts';
import type { SnapshotService } from './service/snapshots.ts';
import type { TypeService } from './service/types.ts';
import type { Units } from './service/units.ts';

export interface GroupParts {
  readonly deps: VolumeDeps;
  readonly units: Units;
  readonly lookup: Lookup;
  readonly types: TypeService;
  readonly quotas: Quotas;
  readonly creation: VolumeCreation;
  readonly snapshots: SnapshotService;
}

/** Volumes that belong together, and what is done with all of them at once. */
export function groupingRoutes(parts: GroupParts): Route[] {
  const { deps, units } = parts;
  const groupTypes = new GroupTypeService(deps, units);
  return [
    ...groupTypeRoutes(groupTypes, deps.policy),
    ...groupRoutes({
      groups: new GroupService({ ...parts, groupTypes }),
      copies: new GroupCopies(parts),
      policy: deps.policy,
    }),
    ...groupSnapshotRoutes(new GroupSnapshotService(parts), deps.policy),
  ];
}
