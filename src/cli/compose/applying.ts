import { CloudError, messageOf } from '#kernel/errors.ts';
import type { Dependency, Project, Service } from '../../compose-file/model.ts';
import {
  containerNameOf,
  isOneOff,
  LABELS,
  orphansOf,
  planService,
  type Step,
} from '../../compose-file/plan.ts';
import { exitCodeOf, type Containers, type ShownContainer } from '../../sdk/containers.ts';
import type { Capsules } from '../../sdk/capsules.ts';
import { remove } from '../containers/rm.ts';
import { settled, stopped, until } from '../containers/waiting.ts';
import { containerBody, serviceBody } from './body.ts';
import { ensureCapsule } from './capsule.ts';
import type { Loaded } from './load.ts';
import type { Surroundings } from './surroundings.ts';

export interface Applying {
  readonly containers: Containers;
  readonly capsules: Capsules;
  readonly loaded: Loaded;
  readonly around: Surroundings;
  /** Of the project, as it was found. */
  readonly existing: readonly ShownContainer[];
  /** Told what is done. */
  readonly say: (line: string) => void;
}

/**
 * Each service as soon as those that it waits for are where it wants them; what has nothing to do with each other at once.
 * @throws CloudError that names each service that failed, and its place in the file.
 */
export async function applyServices(applying: Applying, services: readonly Service[]): Promise<void> {
  const { project } = applying.loaded;
  const done = new Map<string, Promise<void>>();
  const sharers = (root: Service) => services.filter(({ sharesWith }) => sharesWith === root.name);
  const apply = (service: Service): Promise<void> => {
    const begun = done.get(service.name) ?? applyOne(applying, service, { after, with: sharers(service) });
    done.set(service.name, begun);
    return begun;
  };
  const after = async (name: string): Promise<void> => {
    const service = project.services.get(name);
    if (service) await apply(service);
  };
  const results = await Promise.allSettled(services.map(apply));
  const failures = results.flatMap((result, index) => {
    const service = services[index];
    if (result.status === 'fulfilled' || service === undefined) return [];
    return [`${service.place}: services.${service.name}: ${messageOf(result.reason)}`];
  });
  if (failures.length > 0) throw new CloudError('conflict', failures.join('\n'));
}

interface Company {
  readonly after: (name: string) => Promise<void>;
  /** Services in its network namespace: they are one capsule. */
  readonly with: readonly Service[];
}

async function applyOne(applying: Applying, service: Service, company: Company): Promise<void> {
  if (service.sharesWith !== undefined) return company.after(service.sharesWith);
  const members = [service, ...company.with];
  const own = new Set(members.map(({ name }) => name));
  const dependencies = members.flatMap(({ dependsOn }) => dependsOn).filter((one) => !own.has(one.service));
  await Promise.all(dependencies.map((one) => awaitDependency(applying, one, company.after)));
  if (company.with.length > 0) return ensureCapsule(applying, members);
  const body = await serviceBody(applying.loaded, applying.around, service);
  const steps = planService(
    service,
    { hash: body.hash, oneOff: isOneOff(applying.loaded.project, service) },
    applying.existing,
  );
  await Promise.all(
    steps.map((step) =>
      take(applying, step, (number) => containerBody(applying.loaded.project, service, body, number)),
    ),
  );
}

type BodyOf = (number: number) => Parameters<Containers['create']>[0];

async function take({ containers, say }: Applying, step: Step, bodyOf: BodyOf): Promise<void> {
  if (step.kind === 'keep') return;
  if (step.kind === 'remove' || step.kind === 'recreate') await remove(containers, step.existing.uuid, true);
  if (step.kind === 'remove') return say(`removed    ${step.existing.name}`);
  if (step.kind === 'start') {
    await restart(containers, step.existing.uuid);
    return say(`started    ${step.existing.name}`);
  }
  const { uuid, name } = await containers.create(bodyOf(step.number), true);
  await settled(containers, uuid);
  say(`${step.kind === 'create' ? 'created  ' : 'recreated'}  ${name}`);
}

async function restart(containers: Containers, id: string): Promise<void> {
  await containers.power(id, 'start');
  await settled(containers, id);
}

async function awaitDependency(
  applying: Applying,
  { service: name, condition, required }: Dependency,
  after: Company['after'],
): Promise<void> {
  try {
    await after(name);
    const service = applying.loaded.project.services.get(name);
    if (service === undefined || condition === 'service_started') return;
    for (let number = 1; number <= service.replicas; number++)
      await CONDITIONS[condition](applying, containerNameOf(applying.loaded.project, service, number));
  } catch (thrown) {
    if (required)
      throw new CloudError('conflict', `it waits for ${name}, which failed: ${messageOf(thrown)}`, {
        cause: thrown,
      });
    applying.say(`goes on without ${name}: ${messageOf(thrown)}`);
  }
}

const CONDITIONS = {
  service_healthy: async ({ containers, say }: Applying, name: string) => {
    const word = await until(async () => {
      const container = await settled(containers, name);
      const { health } = container;
      const word = (typeof health === 'string' ? health : health?.status)?.toLowerCase();
      return word === 'starting' && container.status === 'Running' ? undefined : (word ?? 'unknown');
    });
    if (word === 'unhealthy') throw new CloudError('conflict', `${name} is unhealthy.`);
    if (word === 'unknown' || word === 'none')
      say(`the cloud shows no health of ${name}: it runs, and that must do`);
  },
  service_completed_successfully: async ({ containers }: Applying, name: string) => {
    const code = exitCodeOf(await stopped(containers, name));
    if (code !== 0) throw new CloudError('conflict', `${name} ended with exit code ${code ?? '?'}.`);
  },
} as const;

/** All containers that say they are the project's. */
export const containersOf = async (containers: Containers, project: Project): Promise<ShownContainer[]> =>
  (await containers.list()).filter(({ labels }) => labels[LABELS.project] === project.name);

export async function removeOrphans({ containers, loaded, existing, say }: Applying): Promise<void> {
  for (const { uuid, name } of orphansOf(loaded.project, existing)) {
    await remove(containers, uuid, true);
    say(`removed    ${name}`);
  }
}
