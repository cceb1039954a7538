import { notFound } from '#kernel/errors.ts';
import type { Project, Service } from './model.ts';
import { waitsFor } from './references.ts';

/** Docker Compose's own, so that other tools know them. */
export const LABELS = {
  project: 'com.docker.compose.project',
  service: 'com.docker.compose.service',
  number: 'com.docker.compose.container-number',
  hash: 'com.docker.compose.config-hash',
} as const;

/** What there is in the cloud: containers by their labels. */
export interface Existing {
  readonly uuid: string;
  readonly name: string;
  readonly status: string;
  readonly status_detail: string | null;
  readonly labels: Readonly<Record<string, string>>;
}

export type Step =
  | { readonly kind: 'keep' | 'start'; readonly number: number; readonly existing: Existing }
  | { readonly kind: 'create'; readonly number: number }
  | { readonly kind: 'recreate'; readonly number: number; readonly existing: Existing }
  | { readonly kind: 'remove'; readonly existing: Existing };

const BROKEN = ['Error', 'Dead', 'Deleting', 'Deleted'];
const AT_REST = ['Created', 'Stopped'];

/** Whether others wait for its end: then it is not started again once it has ended well. */
export const isOneOff = (project: Project, { name }: Service): boolean =>
  [...project.services.values()].some(({ dependsOn }) =>
    dependsOn.some((one) => one.service === name && one.condition === 'service_completed_successfully'),
  );

/** What makes a service's containers be what they should be. @param hash of what they should be */
export function planService(
  service: Service,
  { hash, oneOff }: { readonly hash: string; readonly oneOff: boolean },
  existing: readonly Existing[],
): Step[] {
  const own = existing.filter(({ labels }) => labels[LABELS.service] === service.name);
  const wanted = Array.from({ length: service.replicas }, (_, index) => index + 1);
  const surplus = own.filter((one) => !wanted.includes(numberOf(one)));
  return [
    ...surplus.map((one): Step => ({ kind: 'remove', existing: one })),
    ...wanted.map((number): Step => {
      const one = own.find((candidate) => numberOf(candidate) === number);
      const step = stepOf(number, hash, one);
      return oneOff && step.kind === 'start' && hasEndedWell(step.existing)
        ? { ...step, kind: 'keep' }
        : step;
    }),
  ];
}

function stepOf(number: number, hash: string, existing: Existing | undefined): Step {
  if (existing === undefined) return { kind: 'create', number };
  if (existing.labels[LABELS.hash] !== hash || BROKEN.includes(existing.status))
    return { kind: 'recreate', number, existing };
  return { kind: AT_REST.includes(existing.status) ? 'start' : 'keep', number, existing };
}

const hasEndedWell = ({ status_detail: detail }: Existing): boolean =>
  detail?.startsWith('Exited(0)') ?? false;

const numberOf = ({ labels }: Existing): number => Number(labels[LABELS.number]);

/** Of the project, but of no service that the file has. */
export const orphansOf = (project: Project, existing: readonly Existing[]): Existing[] =>
  existing.filter(({ labels }) => !project.services.has(labels[LABELS.service] ?? ''));

/** `web` alone, else `web-2`. */
export const hostnameOf = (service: Service, number: number): string =>
  service.hostname ?? (number === 1 ? service.name : `${service.name}-${number}`);

export const containerNameOf = (project: Project, service: Service, number: number): string =>
  service.containerName ?? `${project.name}-${service.name}-${number}`;

/** The services that count: those without a profile, those of the profiles, or those named; and all that they wait for. */
export function chosenServices(
  project: Project,
  { profiles, named }: { readonly profiles: readonly string[]; readonly named: readonly string[] },
): Service[] {
  const chosen = new Map<string, Service>();
  const add = (name: string) => {
    const service = project.services.get(name);
    if (service === undefined) throw notFound(`There is no service ${name}.`);
    if (chosen.has(name)) return;
    chosen.set(name, service);
    for (const other of waitsFor(project, service)) add(other);
  };
  const isActive = (service: Service) =>
    service.profiles.length === 0 ||
    service.profiles.some((one) => profiles.includes(one) || profiles.includes('*'));
  const first =
    named.length > 0 ? named : [...project.services.values()].filter(isActive).map(({ name }) => name);
  for (const name of first) add(name);
  return [...chosen.values()];
}
