import { badRequest } from '#kernel/errors.ts';
import type { PortInfo } from '#services/network/port.ts';
import type { AttachedPort, Container, Placement, PluggingState, TaskState } from './container.ts';

const PLUGGING: readonly string[] = [
  'network_attaching',
  'network_detaching',
  'sg_adding',
  'sg_removing',
] satisfies PluggingState[];

export const isPlugging = (state: TaskState | null): state is PluggingState =>
  state !== null && PLUGGING.includes(state);

/** A port as a container keeps it. */
export const toAttached = (port: PortInfo, device: string): AttachedPort => ({
  id: port.id,
  networkId: port.networkId,
  preserved: port.preserved,
  device,
  securityGroups: port.securityGroups,
  fixedIps: port.fixedIps,
});

/** The first name for an interface that no port of the container has. */
export function freeDevice({ placement }: Pick<Container, 'placement'>): string {
  const taken = new Set(placement.ports.map((port, index) => port.device ?? `eth${index}`));
  let index = 0;
  while (taken.has(`eth${index}`)) index += 1;
  return `eth${index}`;
}

/** The container on one more port: the next generation, once. */
export function withPort(
  container: Container,
  port: AttachedPort,
  resolver: Placement['resolver'],
): Container {
  const { placement, generation } = container;
  if (placement.ports.some(({ id }) => id === port.id)) return container;
  const first = placement.ports.length === 0;
  return {
    ...container,
    generation: generation + 1,
    placement: {
      ...placement,
      ports: [...placement.ports, port],
      resolver: first ? resolver : placement.resolver,
    },
  };
}

/** The container without these ports: the next generation, once. */
export function withoutPorts(container: Container, ids: readonly string[]): Container {
  const { placement, generation } = container;
  const ports = placement.ports.filter(({ id }) => !ids.includes(id));
  if (ports.length === placement.ports.length) return container;
  return { ...container, generation: generation + 1, placement: { ...placement, ports } };
}

/** @throws CloudError `bad-request` in a network that the container is in. */
export function assertNotAttached({ id, placement }: Container, networkId: string): void {
  if (placement.ports.some((port) => port.networkId === networkId))
    throw badRequest(`Container ${id} is already attached to network ${networkId}.`);
}

/** What a port's groups are, and what they shall be. */
export interface GroupChange {
  readonly portId: string;
  readonly before: readonly string[];
  readonly after: readonly string[];
}

/** @throws CloudError `bad-request` where every port has the group already. */
export function addGroup({ id, placement }: Container, groupId: string): GroupChange[] {
  const lacking = placement.ports.filter(({ securityGroups }) => !securityGroups.includes(groupId));
  if (lacking.length === 0)
    throw badRequest(`Security group ${groupId} cannot be added to container ${id}: it has it, or no port.`);
  return lacking.map(({ id: portId, securityGroups: before }) => ({
    portId,
    before,
    after: [...before, groupId],
  }));
}

/** @throws CloudError `bad-request` where no port has the group. */
export function removeGroup({ id, placement }: Container, groupId: string): GroupChange[] {
  const having = placement.ports.filter(({ securityGroups }) => securityGroups.includes(groupId));
  if (having.length === 0) throw badRequest(`Container ${id} is not in security group ${groupId}.`);
  return having.map(({ id: portId, securityGroups: before }) => ({
    portId,
    before,
    after: before.filter((group) => group !== groupId),
  }));
}

/** The container as it is once its ports have these groups. */
export function withGroups(container: Container, groups: ReadonlyMap<string, readonly string[]>): Container {
  const ports = container.placement.ports.map((port) => ({
    ...port,
    securityGroups: groups.get(port.id) ?? port.securityGroups,
  }));
  return { ...container, placement: { ...container.placement, ports } };
}
