import type { ContainerMount, ContainerSpec, DesiredObject } from '#node/protocol.ts';
import type { Membership } from './capsule.ts';
import type { Container } from './container.ts';
import type { Mount } from './mount.ts';

const PIDS = 4096;

/** What its node is told. @returns undefined for a container that is not to be on any node. */
export function toDesired(container: Container, defaultRuntime: string): DesiredObject | undefined {
  const { image } = container.placement;
  if (!container.desired || image === null) return undefined;
  const { id, generation } = container;
  return { kind: 'container', id, generation, spec: { ...specOf(container, defaultRuntime), image } };
}

function specOf(container: Container, defaultRuntime: string): Omit<ContainerSpec, 'image'> {
  const { id, name, settings, placement, power, cpu, memory, disk } = container;
  const addresses = placement.ports.flatMap((port) => port.fixedIps);
  return {
    id,
    ...(settings.member && sharing(settings.member)),
    name,
    runtime: settings.runtime ?? defaultRuntime,
    entrypoint: settings.entrypoint,
    command: settings.command,
    environment: settings.environment,
    ...(settings.secretEnv?.length ? { secretEnv: settings.secretEnv } : {}),
    workdir: settings.workdir,
    hostname: settings.hostname,
    tty: settings.tty,
    stdin: settings.interactive,
    ...(settings.stdinOnce && { stdinOnce: true }),
    privileged: settings.privileged ?? false,
    ...(settings.log && { log: settings.log }),
    revision: settings.revision ?? 0,
    ...(settings.wayBack && { keepsOld: true }),
    ...(settings.probes && { probes: settings.probes }),
    ...(container.autoHeal && { autoHeal: true }),
    resources: {
      cpu: placement.cpuset ? null : cpu,
      memory,
      pids: PIDS,
      ...(placement.cpuset && { cpuset: placement.cpuset }),
      ...(disk > 0 ? { disk } : {}),
    },
    restartPolicy: settings.restartPolicy,
    portIds: placement.ports.map((port) => port.id),
    resolver: placement.resolver,
    hosts: addresses.map(({ address }) => ({ address, name: settings.hostname })),
    ...(settings.mounts?.length ? { mounts: settings.mounts.map(toMount) } : {}),
    power,
  };
}

/** Members of a capsule share its ports and its network namespace. */
const sharing = ({ capsuleId, after }: Membership): Pick<ContainerSpec, 'sandboxId' | 'after'> => ({
  sandboxId: capsuleId,
  ...(after !== null && { after: [after] }),
});

function toMount(mount: Mount): ContainerMount {
  if (mount.kind !== 'volume') return mount;
  const { kind, volumeId, destination, readOnly } = mount;
  return { kind, volumeId, destination, readOnly };
}
