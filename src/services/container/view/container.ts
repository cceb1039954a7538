import type { Container, Placement } from '../model/container.ts';
import { statusDetail } from '../model/status-detail.ts';

/** Who looks, and from where. */
export interface Viewer {
  /** Absolute URL of the service. */
  readonly base: string;
  readonly now: Date;
  /** Whether the fields for administrators are shown. */
  readonly seesAll: boolean;
}

/** A container as Zun shows it. */
export const containerView = (container: Container, viewer: Viewer) => ({
  ...lastingView(container, viewer.seesAll),
  status_detail: statusDetail(container, viewer.now),
  links: [
    { rel: 'self', href: `${viewer.base}/v1/containers/${container.id}` },
    { rel: 'bookmark', href: `${viewer.base}/containers/${container.id}` },
  ],
});

/** All that only a change of the container changes; what depends on the hour is not in it. */
export function lastingView(container: Container, seesAll: boolean) {
  const { settings, observed } = container;
  const image = observed?.image ?? null;
  return {
    uuid: container.id,
    user_id: container.userId,
    project_id: container.projectId,
    name: container.name,
    image: container.image,
    command: settings.command ?? (settings.entrypoint === null ? (image?.cmd ?? null) : null),
    entrypoint: settings.entrypoint ?? image?.entrypoint ?? null,
    status: container.status,
    status_reason: container.statusReason,
    task_state: container.taskState,
    cpu: container.cpu,
    memory: String(container.memory),
    disk: container.disk,
    cpu_policy: container.settings.dedicatedCpus ? 'dedicated' : 'shared',
    environment: settings.environment,
    labels: settings.labels,
    workdir: settings.workdir ?? image?.workdir ?? null,
    ports: portsOf(container),
    hostname: settings.hostname,
    addresses: addressesView(container),
    restart_policy: {
      Name: settings.restartPolicy.name,
      MaximumRetryCount: String(settings.restartPolicy.maximumRetryCount),
    },
    interactive: settings.interactive,
    tty: settings.tty,
    image_driver: settings.imageDriver,
    security_groups: groupsOf(container),
    auto_remove: container.autoRemove,
    auto_heal: container.autoHeal,
    healthcheck: settings.healthcheck ?? {},
    registry_id: settings.registryId ?? null,
    created_at: timeView(container.createdAt),
    updated_at: timeView(container.updatedAt),
    ...(seesAll && {
      image_pull_policy: settings.imagePullPolicy,
      host: container.host,
      runtime: settings.runtime,
      privileged: settings.privileged ?? false,
    }),
  };
}

/** Those of the image and those that were asked for. */
const portsOf = ({ observed, settings }: Container): number[] => {
  const ofImage = (observed?.image?.exposedPorts ?? []).map((port) => Number.parseInt(port, 10));
  return [...new Set([...ofImage, ...(settings.exposedPorts ?? []).map(({ port }) => port)])];
};

/** Addresses by network. */
export function addressesView({ placement }: { readonly placement: Pick<Placement, 'ports'> }) {
  const byNetwork = Map.groupBy(placement.ports, (port) => port.networkId);
  return Object.fromEntries(
    [...byNetwork].map(([network, ports]) => [
      network,
      ports.flatMap((port) =>
        port.fixedIps.map(({ address, version, subnetId }) => ({
          addr: address,
          version,
          port: port.id,
          subnet_id: subnetId,
          preserve_on_delete: port.preserved,
        })),
      ),
    ]),
  );
}

const groupsOf = ({ placement, settings }: Container): readonly string[] =>
  placement.ports.length === 0
    ? (settings.securityGroups ?? [])
    : [...new Set(placement.ports.flatMap((port) => port.securityGroups))];

/** `2030-01-01 00:00:00`. */
export const timeView = (iso: string): string => iso.slice(0, 19).replace('T', ' ');
