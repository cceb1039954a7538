import { createHash } from 'node:crypto';
import { badRequest, CloudError } from '#kernel/errors.ts';
import type { Service } from '../../compose-file/model.ts';
import { containerNameOf, LABELS } from '../../compose-file/plan.ts';
import type { Capsules, CapsuleTemplate, ShownCapsule } from '../../sdk/capsules.ts';
import { until } from '../containers/waiting.ts';
import type { Applying } from './applying.ts';
import { labelsOf } from './body.ts';
import type { Loaded } from './load.ts';

/** Services that share a network namespace, as one capsule. The first is the one whose network it is. */
export async function ensureCapsule(applying: Applying, members: readonly Service[]): Promise<void> {
  const { capsules, loaded, say } = applying;
  const template = templateOf(applying, members);
  const name = String(template.metadata.name);
  const existing = (await capsulesOf(capsules, loaded)).find((one) => one.name === name);
  if (
    existing?.labels[LABELS.hash] === template.metadata.labels?.[LABELS.hash] &&
    existing?.status === 'Running'
  )
    return;
  if (existing) await removeCapsule(capsules, existing.uuid);
  const { uuid } = await capsules.create(template);
  const made = await until(async () => {
    const found = await capsules.get(uuid);
    return found.status === 'Creating' ? undefined : found;
  });
  if (made.status === 'Error') throw new CloudError('conflict', made.status_reason ?? `${name} failed.`);
  say(
    `${existing ? 'recreated' : 'created  '}  ${name} (capsule of ${members.map((one) => one.name).join(', ')})`,
  );
}

export async function capsulesOf(capsules: Capsules, { project }: Loaded): Promise<ShownCapsule[]> {
  return (await capsules.list()).filter(({ labels }) => labels[LABELS.project] === project.name);
}

export async function removeCapsule(capsules: Capsules, id: string): Promise<void> {
  await capsules.remove(id);
  await until(async () => ((await capsules.find(id)) === undefined ? true : undefined));
}

/** @throws CloudError for what capsules do not have */
function templateOf({ loaded, around }: Applying, members: readonly Service[]): CapsuleTemplate {
  const [root] = members;
  if (root === undefined) throw badRequest('A capsule has members.');
  for (const member of members) refuseUnsupported(member, member === root);
  const volumes = new Map(
    members
      .flatMap((member) => member.mounts)
      .flatMap((mount) =>
        mount.kind === 'volume' ? [[mount.volume, around.volumes.get(mount.volume) ?? '']] : [],
      ),
  );
  const spec = {
    containers: members.map(memberOf),
    restartPolicy: RESTARTS[root.restart?.Name ?? 'no'] ?? 'Never',
    ...(volumes.size > 0 && {
      volumes: [...volumes].map(([name, volumeID]) => ({ name, cinder: { volumeID } })),
    }),
  };
  const hash = createHash('sha256').update(JSON.stringify(spec)).digest('hex');
  const labels = { ...root.labels, ...labelsOf(loaded.project, root, hash, 1) };
  const name = containerNameOf(loaded.project, root, 1);
  return { kind: 'capsule', metadata: { name, labels }, spec } as CapsuleTemplate;
}

const RESTARTS: Readonly<Record<string, string>> = {
  no: 'Never',
  always: 'Always',
  'unless-stopped': 'Always',
  'on-failure': 'OnFailure',
};

function refuseUnsupported(service: Service, isRoot: boolean): void {
  const { mounts, healthcheck, hostname, networks, replicas } = service;
  const found = [
    [mounts.some(({ kind }) => kind !== 'volume'), 'files, secrets or configs'],
    [healthcheck !== undefined, 'a healthcheck'],
    [hostname !== undefined, 'a hostname'],
    [isRoot && networks.some(({ network }) => network !== 'default'), 'networks of its own'],
    [replicas !== 1, 'replicas'],
  ] as const;
  const first = found.find(([is]) => is);
  if (first)
    throw badRequest(
      `services that share a network are one capsule, which cannot have ${first[1]} (${service.name}).`,
    );
}

const memberOf = (service: Service) => ({
  image: service.image,
  name: service.name,
  ...(service.entrypoint && { command: [...service.entrypoint] }),
  ...(service.command && { [service.entrypoint ? 'args' : 'command']: [...service.command] }),
  ...(Object.keys(service.environment).length > 0 && { env: { ...service.environment } }),
  ...(service.workdir !== undefined && { workDir: service.workdir }),
  ...((service.cpu ?? service.memory) !== undefined && {
    resources: { requests: { cpu: service.cpu ?? null, memory: service.memory ?? null } },
  }),
  ports: service.ports.map((port) => {
    const [containerPort, protocol = 'tcp'] = port.split('/');
    return { containerPort: Number(containerPort), protocol: protocol.toUpperCase() };
  }),
  volumeMounts: service.mounts.flatMap((mount) =>
    mount.kind === 'volume'
      ? [{ name: mount.volume, mountPath: mount.destination, ...(mount.readOnly && { readOnly: true }) }]
      : [],
  ),
});
