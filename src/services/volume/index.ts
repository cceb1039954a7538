import { defineService, type Service } from '#kernel/http/service.ts';
import type { TaskKind } from '#kernel/tasks/task.ts';
import type { DesiredSource } from '#services/placement/port.ts';
import { cinderFaults } from './faults.ts';
import { createVolumes } from './migrations/0001-volumes.ts';
import { volumePolicy } from './policy.ts';
import { discoveryRoutes } from './routes/discovery.ts';
import { metadataRoutes } from './routes/metadata.ts';
import { typeRoutes } from './routes/types.ts';
import { withProject } from './routes/v3.ts';
import { volumeRoutes } from './routes/volumes.ts';
import { VolumeCreation } from './service/creation.ts';
import type { TaskDeps, VolumeDeps } from './service/deps.ts';
import { DesiredVolumes } from './service/desired-volumes.ts';
import { Lookup } from './service/lookup.ts';
import { Quotas } from './service/quotas.ts';
import { TypeService } from './service/types.ts';
import { Units } from './service/units.ts';
import { VolumeService } from './service/volumes.ts';
import { volumeLabels } from './routes/labels.ts';
import { VERSIONS } from './view/versions.ts';

/** What the task runner must know; made before the runner, which the service itself is given. */
export const volumeTasks = (_deps: TaskDeps): TaskKind<never>[] => [];

/** Cinder v3, and what its volumes want of the nodes. */
export function createVolumeService(deps: VolumeDeps): { service: Service; desired: DesiredSource } {
  const { policy } = deps;
  const units = new Units(deps);
  const lookup = new Lookup(deps);
  const quotas = new Quotas(deps);
  const types = new TypeService(deps, units, lookup);
  const volumes = new VolumeService(deps, units, lookup);
  const creation = new VolumeCreation({ deps, units, lookup, types, quotas });
  const routes = [
    ...volumeRoutes({ volumes, creation, policy }),
    ...metadataRoutes(volumeLabels(volumes)),
    ...typeRoutes(types, policy),
  ];
  const service = defineService({
    name: 'volume',
    prefix: '/volume',
    catalog: { types: ['block-storage', 'volumev3'], name: 'cinder', path: '/volume/v3/$(project_id)s' },
    microversions: VERSIONS,
    faults: cinderFaults,
    policy: volumePolicy,
    routes: [...discoveryRoutes(), ...withProject(routes)],
    migrations: [createVolumes],
    reconcilers: [],
  });
  return { service, desired: new DesiredVolumes(deps, units) };
}
