import type { Microversion } from '#kernel/context.ts';
import { badRequest } from '#kernel/errors.ts';
import { isAtLeast } from '#kernel/microversion.ts';
import type { OpenPort } from '#services/network/port.ts';
import type { CapsuleTemplate, MemberTemplate, RestartPolicyWord } from '../schema/capsule.ts';
import type { CreateContainerBody } from '../schema/container.ts';
import { readMemberMounts, readVolumes, type MemberMount, type VolumeRequest } from './capsule-volumes.ts';
import type { ContainerSettings, RestartPolicyName } from './container.ts';
import { hostnameOf, inventName } from './names.ts';
import { readRequest, type ContainerRequest } from './request.ts';
import { runtimeCalled } from './runtime.ts';

/** What a template asks for, with defaults filled in. */
export interface CapsuleRequest {
  readonly name: string | null;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly restartPolicy: ContainerSettings['restartPolicy'];
  readonly availabilityZone: string | null;
  readonly runtime: string | null;
  /** To be let in from everywhere. */
  readonly exposedPorts: readonly OpenPort[];
  readonly volumes: readonly VolumeRequest[];
  readonly initContainers: readonly MemberRequest[];
  readonly containers: readonly MemberRequest[];
}

export interface MemberRequest extends ContainerRequest {
  readonly volumeMounts: readonly MemberMount[];
}

/** Members are read as what a request in the newest version would say. */
const NEWEST: Microversion = { major: 1, minor: 40 };
const PORTS_SINCE = '1.35';

/**
 * @param id of the capsule to be
 * @throws CloudError `bad-request` for what the version does not have or what cannot be.
 */
export function readTemplate(template: CapsuleTemplate, id: string, version: Microversion): CapsuleRequest {
  refuseNewer(template, version);
  refuseInitProbes(template);
  const { metadata, spec } = template;
  const name = metadata.name ?? null;
  const policy = POLICIES[restartWord(template, version)];
  const { runtime } = template;
  const read = (member: MemberTemplate, restart: RestartPolicyName): MemberRequest => ({
    ...readRequest({ ...memberBody(member, name ?? id, restart), runtime: runtime ?? null }, NEWEST),
    volumeMounts: readMemberMounts(member),
  });
  return {
    name,
    labels: metadata.labels ?? {},
    annotations: metadata.annotations ?? {},
    restartPolicy: { name: policy, maximumRetryCount: 0 },
    availabilityZone: template.availabilityZone ?? null,
    runtime: runtimeCalled(template.runtime),
    exposedPorts: isAtLeast(version, PORTS_SINCE) ? exposedPorts(spec.containers) : [],
    volumes: readVolumes(spec),
    initContainers: (spec.initContainers ?? []).map((member) => read(member, policy)).map(untilItEndsWell),
    containers: spec.containers.map((member) => read(member, policy)),
  };
}

const POLICIES = { Always: 'always', OnFailure: 'on-failure', Never: 'no' } as const;

/** Beside the spec it was at first. */
function restartWord(template: CapsuleTemplate, version: Microversion): RestartPolicyWord {
  const places = [template.spec.restartPolicy, template.restartPolicy];
  const [first, second] = isAtLeast(version, '1.16') ? places : places.toReversed();
  return first ?? second ?? 'Always';
}

/** An init container that is to be there always is to end well once, in a few tries. */
const untilItEndsWell = (request: MemberRequest): MemberRequest =>
  request.settings.restartPolicy.name === 'always'
    ? {
        ...request,
        settings: { ...request.settings, restartPolicy: { name: 'on-failure', maximumRetryCount: 10 } },
      }
    : request;

const memberBody = (
  member: MemberTemplate,
  capsule: string,
  restart: RestartPolicyName,
): CreateContainerBody => ({
  name: `capsule-${capsule}-${inventName()}`.slice(0, 255),
  image: member.image,
  command: [...(member.command ?? []), ...(member.args ?? [])],
  cpu: member.resources?.requests.cpu ?? null,
  memory: member.resources?.requests.memory ?? null,
  environment: member.env ?? {},
  workdir: member.workDir ?? null,
  image_pull_policy: member.imagePullPolicy ?? null,
  interactive: member.stdin ?? false,
  tty: member.tty ?? false,
  probes: member.probes ?? null,
  hostname: hostnameOf(capsule),
  restart_policy: { Name: restart },
});

function exposedPorts(members: readonly MemberTemplate[]): OpenPort[] {
  const ports = members.flatMap((member) => member.ports ?? []).map(exposedPort);
  return [...new Map(ports.map((port) => [`${port.port}/${port.protocol}`, port])).values()];
}

function exposedPort({ containerPort, protocol }: NonNullable<MemberTemplate['ports']>[number]): OpenPort {
  const port = Number(containerPort);
  if (port < 1 || port > 65_535)
    throw badRequest(`Invalid input for field containerPort: ${containerPort} is not between 1 and 65535.`);
  return { protocol: protocol === 'UDP' ? 'udp' : 'tcp', port };
}

/** One that has ended well is asked nothing any more. */
function refuseInitProbes({ spec }: CapsuleTemplate): void {
  if (spec.initContainers?.some(({ probes }) => probes))
    throw badRequest('Invalid input for field probes: init containers have none.');
}

function refuseNewer({ metadata, spec }: CapsuleTemplate, version: Microversion): void {
  const members = [...spec.containers, ...(spec.initContainers ?? [])];
  const used: readonly [string, string, boolean][] = [
    ['initContainers', '1.34', spec.initContainers !== undefined],
    ['stdin', '1.37', members.some(({ stdin }) => stdin !== undefined)],
    ['tty', '1.37', members.some(({ tty }) => tty !== undefined)],
    ['annotations', '1.38', metadata.annotations !== undefined],
  ];
  const newer = used.find(([, since, isUsed]) => isUsed && !isAtLeast(version, since));
  if (newer)
    throw badRequest(
      `Invalid param ${newer[0]} because current request version is too low: it needs ${newer[1]}.`,
    );
}
