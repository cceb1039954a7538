import type { DesiredKind, VolumeReport } from '#node/protocol.ts';
import type { Attachment } from '../model/attachment.ts';
import type { Backup } from '../model/backup.ts';
import { progressOf, volumeProgress, withFailure, withSuccess } from '../model/outcome.ts';
import type { Snapshot } from '../model/snapshot.ts';
import type { Upload } from '../model/upload.ts';
import { specOf, type Volume } from '../model/volume.ts';
import { placedOn } from '../store/desired.ts';
import { attachmentStore, backupStore, snapshotStore, uploadStore, volumeStore } from '../store/stores.ts';
import { endBackup, endRestore } from './backup-ends.ts';
import { keepReasons } from '../store/reasons.ts';
import type { VolumeDeps } from './deps.ts';
import type { Devices } from './devices.ts';
import { actorOf, auditOf } from './ends.ts';
import { settleGroup, settleGroupSnapshot } from './group-ends.ts';
import { leaveMessage } from './messages.ts';
import type { Unit, Units } from './units.ts';

/** What a node said of one kind of objects. */
export interface Seen {
  readonly host: string;
  /** Whether what is not in it is not on the node. */
  readonly whole: boolean;
  readonly reports: ReadonlyMap<string, VolumeReport>;
  readonly gone: ReadonlySet<string>;
}

type Kind = Extract<DesiredKind, 'volume' | 'snapshot' | 'attachment' | 'copy'>;

/** Turns what nodes report into states, each kind in one transaction. */
export class Observations {
  readonly #tasks: VolumeDeps['tasks'];
  readonly #units: Units;
  readonly #devices: Devices;

  constructor(
    { tasks }: Pick<VolumeDeps, 'tasks'>,
    { units, devices }: { readonly units: Units; readonly devices: Devices },
  ) {
    this.#tasks = tasks;
    this.#units = units;
    this.#devices = devices;
  }

  async take(kind: Kind, seen: Seen): Promise<void> {
    const ended: Upload[] = [];
    await this.#units.run(async (unit) => {
      ended.length = 0;
      const { host } = seen;
      const ids = seen.whole ? null : [...seen.reports.keys(), ...seen.gone];
      const placed = { host, ids };
      await keepReasons(unit.tx, { kind, ...seen });
      if (kind === 'volume')
        for (const volume of await placedOn(unit.tx, volumeStore, placed)) await ofVolume(unit, volume, seen);
      if (kind === 'snapshot')
        for (const snapshot of await placedOn(unit.tx, snapshotStore, placed))
          await ofSnapshot(unit, snapshot, seen);
      if (kind === 'attachment') {
        for (const attachment of await placedOn(unit.tx, attachmentStore, placed))
          await ofAttachment(unit, attachment, seen);
        await this.#devices.announce(unit.tx);
      }
      if (kind !== 'copy') return;
      for (const backup of await placedOn(unit.tx, backupStore, placed)) await ofBackup(unit, backup, seen);
      for (const upload of await placedOn(unit.tx, uploadStore, placed))
        if (await ofUpload(unit, upload, seen)) ended.push(upload);
    });
    if (kind === 'attachment') this.#devices.ring();
    for (const { id } of ended) await this.#tasks.wake(uploadTarget(id));
  }
}

export const uploadTarget = (id: string): string => `volume-upload:${id}`;

const isAbsent = ({ id }: { readonly id: string }, { whole, reports, gone }: Seen): boolean =>
  gone.has(id) || (whole && !reports.has(id));

async function ofVolume(unit: Unit, volume: Volume, seen: Seen): Promise<void> {
  const { id, status, desired, pending } = volume;
  if (status === 'deleting' && !desired && isAbsent(volume, seen)) {
    await volumeStore.delete(unit.tx, [id]);
    unit.ends.push(auditOf('volume', volume, { what: 'delete-volume', failed: false }));
    await settleGroup(unit, volume.groupId);
    return unit.say(volume, 'deleted');
  }
  const report = seen.reports.get(id);
  if (!report || !pending) return;
  const progress = volumeProgress(volume, report);
  if (progress === 'working') return;
  const after = progress === 'done' ? withSuccess(volume) : withFailure(volume);
  await unit.write(volumeStore, volume, after);
  const { doing, requestId, user } = pending;
  const end = { what: `${doing}-volume`, failed: progress === 'failed', requestId, user };
  unit.ends.push(auditOf('volume', volume, end));
  await settleGroup(unit, volume.groupId);
  unit.say(volume, after.status);
  if (specOf(volume).content.source.kind === 'backup') await endRestore(unit, volume);
  if (doing === 'revert') await freeSnapshots(unit, volume);
  if (progress === 'done') return;
  unit.tell('volume', volume);
  const subject = { type: 'VOLUME', id, projectId: volume.projectId, requestId } as const;
  await leaveMessage(unit, subject, { action: doing, reason: reasonOf(report) });
}

/** A snapshot is held while its volume is taken back to it. */
async function freeSnapshots(unit: Unit, { id }: Volume): Promise<void> {
  const held = await snapshotStore.list(unit.tx, (eb) =>
    eb.and([eb('volume_id', '=', id), eb('status', '=', 'restoring')]),
  );
  for (const snapshot of held)
    await unit.write(snapshotStore, snapshot, { ...snapshot, status: 'available' });
}

async function ofSnapshot(unit: Unit, snapshot: Snapshot, seen: Seen): Promise<void> {
  const { id, projectId, requestId, status, desired, generation } = snapshot;
  if (status === 'deleting' && !desired && isAbsent(snapshot, seen)) {
    await snapshotStore.delete(unit.tx, [id]);
    unit.ends.push(auditOf('snapshot', snapshot, { what: 'delete-snapshot', failed: false }));
    return settleGroupSnapshot(unit, snapshot.groupSnapshotId);
  }
  const report = seen.reports.get(id);
  const progress = report && status === 'creating' ? progressOf(snapshot, report) : 'working';
  if (progress === 'working' || !report) return;
  const failed = { status: 'error' as const, desired: false, generation: generation + 1 };
  const after = { ...snapshot, ...(progress === 'done' ? { status: 'available' as const } : failed) };
  await unit.write(snapshotStore, snapshot, after);
  const end = { what: 'create-snapshot', failed: progress === 'failed', requestId, user: actorOf(snapshot) };
  unit.ends.push(auditOf('snapshot', snapshot, end));
  await settleGroupSnapshot(unit, snapshot.groupSnapshotId);
  if (progress === 'done') return;
  unit.tell('snapshot', snapshot);
  const subject = { type: 'VOLUME_SNAPSHOT', id, projectId, requestId } as const;
  await leaveMessage(unit, subject, { action: 'snapshot', reason: reasonOf(report) });
}

async function ofAttachment(unit: Unit, attachment: Attachment, seen: Seen): Promise<void> {
  const report = seen.reports.get(attachment.id);
  const progress = report ? progressOf(attachment, report) : 'working';
  const device = progress === 'done' ? (report?.device ?? null) : null;
  const failed = progress === 'failed' && attachment.status === 'attaching';
  const status = failed ? ('error_attaching' as const) : attachment.status;
  if (device !== attachment.device || status !== attachment.status)
    await unit.write(attachmentStore, attachment, { ...attachment, device, status });
}

async function ofBackup(unit: Unit, backup: Backup, seen: Seen): Promise<void> {
  const report = seen.reports.get(backup.id);
  if (!report || !backup.desired) return;
  const progress = progressOf(backup, report);
  if (progress === 'working') return;
  await endBackup(unit, backup, {
    pieces: report.copied?.pieces ?? 0,
    failure: progress === 'failed' ? reasonOf(report) : null,
  });
}

/** @returns whether it has come to its end: the task does the rest. */
async function ofUpload(unit: Unit, upload: Upload, seen: Seen): Promise<boolean> {
  const report = seen.reports.get(upload.id);
  if (!report || upload.outcome !== null) return false;
  const progress = progressOf(upload, report);
  if (progress === 'working') return false;
  const outcome = progress === 'done' ? '' : reasonOf(report);
  await unit.write(uploadStore, upload, { ...upload, outcome });
  return true;
}

const reasonOf = ({ reason }: VolumeReport): string => reason ?? 'The node failed without a reason.';
