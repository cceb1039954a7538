import type { Neutron, NeutronPort } from '#src/openstack/neutron.ts';
import { exposedGroupName } from './names.ts';
import type { PortRange } from './options.ts';

/** Lets in what an image or `--expose` names, by a security group of the port's own. A half-made group goes again. */
export async function exposePorts(
  neutron: Neutron,
  port: NeutronPort,
  ranges: readonly PortRange[],
): Promise<void> {
  const name = exposedGroupName(port.id);
  await removeFrom(neutron, port); // left by a call that was cut short
  const group = await neutron.create('security_group', {
    name,
    description: 'Ports that a container exposes.',
  });
  try {
    for (const { protocol, first, last } of ranges)
      await neutron.create('security_group_rule', {
        security_group_id: group.id,
        direction: 'ingress',
        protocol,
        ...(protocol === 'icmp' ? {} : { port_range_min: first, port_range_max: last }),
      });
    const now = await neutron.find('port', port.id);
    await neutron.update('port', port.id, { security_groups: [...(now?.security_groups ?? []), group.id] });
  } catch (thrown) {
    await neutron.delete('security_group', group.id);
    throw thrown;
  }
}

/** Takes back what `exposePorts` did. */
export const hidePorts = (neutron: Neutron, port: NeutronPort): Promise<void> => removeFrom(neutron, port);

/** Of a port that is gone. */
export async function removeExposedGroup(neutron: Neutron, portId: string): Promise<void> {
  for (const { id } of await neutron.list('security_group', { name: exposedGroupName(portId) }))
    await neutron.delete('security_group', id);
}

async function removeFrom(neutron: Neutron, port: NeutronPort): Promise<void> {
  const groups = await neutron.list('security_group', { name: exposedGroupName(port.id) });
  if (groups.length === 0) return;
  const gone = new Set(groups.map(({ id }) => id));
  const now = await neutron.find('port', port.id);
  const kept = (now?.security_groups ?? []).filter((id) => !gone.has(id));
  if (now && kept.length < now.security_groups.length)
    await neutron.update('port', port.id, { security_groups: kept });
  for (const id of gone) await neutron.delete('security_group', id);
}
