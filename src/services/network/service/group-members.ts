import type { SecurityGroupRule } from '../model/security-group.ts';
import type { Work } from './unit.ts';

/** Ports whose filter the groups' rules are part of, and the groups these rules name. */
export async function touchMembers(
  { tx, changes }: Work,
  groupIds: readonly string[],
  rules: readonly SecurityGroupRule[],
): Promise<void> {
  changes.touch('group', ...rules.flatMap((rule) => rule.remoteGroupId ?? []));
  if (groupIds.length === 0) return;
  const members = await tx
    .selectFrom('network_port_group')
    .innerJoin('network_port', 'id', 'port_id')
    .select(['port_id', 'host'])
    .where('group_id', 'in', groupIds)
    .execute();
  for (const { port_id, host } of members) {
    changes.touch('port', port_id);
    changes.leave(host);
  }
}
