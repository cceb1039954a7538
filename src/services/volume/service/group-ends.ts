import { settled } from '../model/group.ts';
import { groupSnapshotStore, groupStore } from '../store/periphery-stores.ts';
import { snapshotStore, volumeStore } from '../store/stores.ts';
import type { Unit } from './units.ts';

/** A group is made, or gone, when all its volumes are. @param id null = of no group */
export async function settleGroup(unit: Unit, id: string | null): Promise<void> {
  const group = id === null ? undefined : await groupStore.find(unit.tx, id);
  if (!group) return;
  const members = await volumeStore.list(unit.tx, (eb) => eb('group_id', '=', group.id));
  const status = settled(group, members);
  if (status === 'gone') await groupStore.delete(unit.tx, [group.id]);
  else if (status) await unit.write(groupStore, group, { ...group, status });
}

/** The same for a snapshot of a group. */
export async function settleGroupSnapshot(unit: Unit, id: string | null): Promise<void> {
  const whole = id === null ? undefined : await groupSnapshotStore.find(unit.tx, id);
  if (!whole) return;
  const members = await snapshotStore.list(unit.tx, (eb) => eb('group_snapshot_id', '=', whole.id));
  const status = settled(whole, members);
  if (status === 'gone') await groupSnapshotStore.delete(unit.tx, [whole.id]);
  else if (status) await unit.write(groupSnapshotStore, whole, { ...whole, status });
}
