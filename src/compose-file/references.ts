import type { Field } from './field.ts';
import type { Project, Service } from './model.ts';

type Place = (service: string, field: string) => Field;

/** That all that services name is there, and nothing waits for itself. @throws CloudError that names the line */
export function checkReferences(project: Project, place: Place): void {
  for (const service of project.services.values()) checkOne(project, service, place);
  const free = new Set<string>();
  for (const service of project.services.values()) {
    const cycle = cycleFrom(project, service.name, [], free);
    if (cycle) throw place(service.name, 'depends_on').wrong(`it waits for itself: ${cycle.join(' > ')}.`);
  }
}

function checkOne(project: Project, service: Service, place: Place): void {
  const { name, sharesWith } = service;
  const needs = (field: string, kind: string, key: string, all: ReadonlyMap<string, unknown>) => {
    if (!all.has(key)) throw place(name, field).wrong(`there is no ${kind} ${key}.`);
  };
  for (const { network } of service.networks) needs('networks', 'network', network, project.networks);
  for (const { service: other, required } of service.dependsOn)
    if (required) needs('depends_on', 'service', other, project.services);
  for (const mount of service.mounts) {
    if (mount.kind === 'volume') needs('volumes', 'volume', mount.volume, project.volumes);
    else if (mount.kind !== 'file')
      needs(`${mount.kind}s`, mount.kind, mount.source, project[`${mount.kind}s`]);
  }
  if (sharesWith !== undefined) {
    needs('network_mode', 'service', sharesWith, project.services);
    if (project.services.get(sharesWith)?.sharesWith !== undefined || sharesWith === name)
      throw place(name, 'network_mode').wrong(`${sharesWith} has no network of its own.`);
  }
  if (service.containerName !== undefined && service.replicas > 1)
    throw place(name, 'container_name').wrong('several containers cannot have one name.');
}

/** Whom a service waits for. */
export const waitsFor = (project: Project, { dependsOn, sharesWith }: Service): string[] => [
  ...dependsOn.map(({ service }) => service).filter((name) => project.services.has(name)),
  ...(sharesWith === undefined ? [] : [sharesWith]),
];

/** @param free those that are known to wait for no cycle */
function cycleFrom(
  project: Project,
  name: string,
  stack: readonly string[],
  free: Set<string>,
): readonly string[] | undefined {
  if (stack.includes(name)) return [...stack.slice(stack.indexOf(name)), name];
  const service = project.services.get(name);
  if (service === undefined || free.has(name)) return undefined;
  for (const next of waitsFor(project, service)) {
    const cycle = cycleFrom(project, next, [...stack, name], free);
    if (cycle) return cycle;
  }
  free.add(name);
  return undefined;
}
