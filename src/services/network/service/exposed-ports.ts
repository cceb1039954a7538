import { projectOf, type Ctx } from '#kernel/context.ts';
import { CloudError } from '#kernel/errors.ts';
import { nameUuid } from '#kernel/ids.ts';
import { exposingGroup, type ExposedPort } from '../port.ts';
import { groupStore, ruleStore } from '../store/stores.ts';
import { assertQuota } from './quotas.ts';
import { insertGroup, newGroup, newRule, removeGroup } from './security-groups.ts';
import type { Work } from './unit.ts';

/** Always the same for a device, so that a repeat finds it. */
const groupIdOf = (deviceId: string): string => nameUuid(deviceId, 'exposed-ports');

/** See `NetworkPort.exposePorts`. */
export async function exposePorts(
  ctx: Ctx,
  work: Work,
  deviceId: string,
  ports: readonly ExposedPort[],
): Promise<string> {
  const id = groupIdOf(deviceId);
  if (await groupStore.find(work.tx, id)) return id;
  await assertQuota(work, projectOf(ctx), 'security_group');
  const description = 'Ports that a container exposes';
  const group = newGroup(ctx, projectOf(ctx), { id, name: exposingGroup(deviceId), description });
  await insertGroup(ctx, work.tx, group);
  const terms = ports.flatMap((port) =>
    (['IPv4', 'IPv6'] as const).map((version) => ruleBody(port, version)),
  );
  await ruleStore.insert(
    work.tx,
    terms.map((body) => newRule(ctx, group, { ...body, security_group_id: id })),
  );
  return id;
}

/** See `NetworkPort.closePorts`. */
export async function closePorts(work: Work, deviceId: string): Promise<void> {
  const id = groupIdOf(deviceId);
  if (!(await groupStore.find(work.tx, id))) return;
  await removeGroup(work, id).catch((thrown: unknown) => {
    if (!(thrown instanceof CloudError && thrown.code === 'SecurityGroupInUse')) throw thrown;
  });
}

const ruleBody = ({ protocol, port }: ExposedPort, ethertype: 'IPv4' | 'IPv6') => ({
  direction: 'ingress' as const,
  ethertype,
  protocol,
  port_range_min: port,
  port_range_max: port,
});
