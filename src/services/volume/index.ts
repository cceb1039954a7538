import { defineService, type Service } from '#kernel/http/service.ts';
import type { TaskKind } from '#kernel/tasks/task.ts';
import type { DesiredSource } from '#services/placement/port.ts';
import { cinderFaults } from './faults.ts';
import { LocalVolumePort } from './local-port.ts';
import { groupingRoutes } from './groups.ts';
import { volumeMigrations } from './migrations/all.ts';
import { peripheryRoutes } from './periphery.ts';
import { volumePolicy } from './policy.ts';
import type { VolumePort } from './port.ts';
import { sweepBackups } from './reconcile.ts';
import { attachmentRoutes } from './routes/attachments.ts';
import { backupRoutes } from './routes/backups.ts';
import { discoveryRoutes } from './routes/discovery.ts';
import { metadataRoutes } from './routes/metadata.ts';
import { snapshotRoutes } from './routes/snapshots.ts';
import { transferRoutes } from './routes/transfers.ts';
import { typeRoutes } from './routes/types.ts';
import { withProject } from './routes/v3.ts';
import { volumeActionRoutes } from './routes/volume-actions.ts';
import { volumeRoutes } from './routes/volumes.ts';
import { AttachmentService } from './service/attachments.ts';
import { BackupCreation } from './service/backup-creation.ts';
import { BackupRecords } from './service/backup-records.ts';
import { BackupService } from './service/backups.ts';
import { VolumeCreation } from './service/creation.ts';
import type { TaskDeps, VolumeDeps } from './service/deps.ts';
import { DesiredVolumes } from './service/desired-volumes.ts';
import { Devices } from './service/devices.ts';
import { Lookup } from './service/lookup.ts';
import { OldAttachments } from './service/old-attachments.ts';
import { Quotas } from './service/quotas.ts';
import { SnapshotService } from './service/snapshots.ts';
import { TransferService } from './service/transfers.ts';
import { TypeService } from './service/types.ts';
import type { Units } from './service/units.ts';
import { UploadService } from './service/uploads.ts';
import { VolumeChanges } from './service/volume-changes.ts';
import { VolumeService } from './service/volumes.ts';
import { snapshotLabels, volumeLabels } from './routes/labels.ts';
import { deleteBackup } from './tasks/delete-backup.ts';
import { uploadImage } from './tasks/upload-image.ts';
import { VERSIONS } from './view/versions.ts';

/** What the task runner must know; made before the runner, which the service itself is given. */
export const volumeTasks = (deps: TaskDeps, units: Units): TaskKind<never>[] => [
  uploadImage(deps, units),
  deleteBackup(deps, units),
];

/** Cinder v3, and what its volumes want of the nodes. @param units the same as the tasks have: they tell the nodes in turn */
export function createVolumeService(
  deps: VolumeDeps,
  units: Units,
): { service: Service; port: VolumePort; desired: DesiredSource } {
  const { policy } = deps;
  const lookup = new Lookup(deps);
  const quotas = new Quotas(deps);
  const types = new TypeService(deps, units, lookup);
  const volumes = new VolumeService(deps, units, lookup);
  const creation = new VolumeCreation({ deps, units, lookup, types, quotas });
  const snapshots = new SnapshotService({ deps, units, lookup, quotas });
  const attachments = new AttachmentService(deps, units, lookup);
  const devices = new Devices(deps);
  const routes = [
    ...volumeRoutes({ volumes, creation, policy }),
    ...metadataRoutes(volumeLabels(volumes)),
    ...typeRoutes(types, policy),
    ...snapshotRoutes(snapshots, policy),
    ...metadataRoutes(snapshotLabels(snapshots)),
    ...attachmentRoutes({ attachments, devices, policy }),
    ...backupRoutes({
      backups: new BackupService({ deps, units, lookup, volumes, creation }),
      creation: new BackupCreation({ units, lookup, quotas }),
      records: new BackupRecords(deps, units, lookup),
      policy,
    }),
    ...transferRoutes(new TransferService({ deps, units, lookup, quotas }), policy),
    ...groupingRoutes({ deps, units, lookup, types, quotas, creation, snapshots }),
    ...peripheryRoutes({ deps, units, types, quotas }),
    ...volumeActionRoutes({
      volumes,
      changes: new VolumeChanges({ deps, volumes, types, quotas }),
      attachments: new OldAttachments(units, lookup),
      devices,
      uploads: new UploadService(deps, volumes),
    }),
  ];
  const service = defineService({
    name: 'volume',
    prefix: '/volume',
    catalog: { types: ['block-storage', 'volumev3'], name: 'cinder', path: '/volume/v3/$(project_id)s' },
    microversions: VERSIONS,
    faults: cinderFaults,
    strictSlashes: true,
    policy: volumePolicy,
    routes: [...discoveryRoutes(), ...withProject(routes)],
    migrations: volumeMigrations,
    reconcilers: [sweepBackups(deps)],
  });
  const port = new LocalVolumePort({ database: deps.database, lookup, volumes, creation, attachments });
  return { service, port, desired: new DesiredVolumes(deps, { units, devices }) };
}
