import type { Route } from '#kernel/http/route.ts';
import { defineService, type Service } from '#kernel/http/service.ts';
import type { TaskKind } from '#kernel/tasks/task.ts';
import type { DescribeInstance } from '#services/network/port.ts';
import type { DesiredSource, NodeQuestions } from '#services/placement/port.ts';
import { zunFaults } from './faults.ts';
import { containerMigrations } from './migrations/all.ts';
import { containerPolicy } from './policy.ts';
import { actionRoutes } from './routes/actions.ts';
import { capsuleRoutes } from './routes/capsules.ts';
import { cloudRoutes } from './routes/cloud.ts';
import { consoleRoutes, consoleSockets } from './routes/consoles.ts';
import { containerRoutes } from './routes/containers.ts';
import { discoveryRoutes } from './routes/discovery.ts';
import { fileRoutes } from './routes/files.ts';
import { inspectionRoutes } from './routes/inspection.ts';
import { healthRoutes } from './routes/health.ts';
import { mountRoutes } from './routes/mounts.ts';
import { imageRoutes } from './routes/images.ts';
import type { WorkloadPort } from './port.ts';
import { searchRegistries } from './service/image-search.ts';
import { networkRoutes } from './routes/networks.ts';
import { pluggingRoutes } from './routes/plugging.ts';
import { powerRoutes } from './routes/power.ts';
import { quotaClassRoutes, quotaRoutes } from './routes/quotas.ts';
import { registryRoutes } from './routes/registries.ts';
import { CapsuleCreation } from './service/capsule-creation.ts';
import { CapsuleService } from './service/capsules.ts';
import { Consoles } from './service/consoles.ts';
import { serviceRoutes } from './routes/services.ts';
import { ComputeServices } from './service/compute-services.ts';
import { ContainerArchives } from './service/archives.ts';
import { ContainerCommitting } from './service/committing.ts';
import { ContainerService } from './service/containers.ts';
import { ContainerCreation } from './service/creation.ts';
import type { ContainerDeps, TaskDeps } from './service/deps.ts';
import { describeContainer } from './service/instance-metadata.ts';
import { DesiredContainers } from './service/desired-containers.ts';
import { DesiredImages } from './service/desired-images.ts';
import { HostImageService } from './service/host-images.ts';
import { HostService } from './service/hosts.ts';
import { ContainerInspection } from './service/inspection.ts';
import { KnownNetworks } from './service/known-networks.ts';
import { ContainerLookup } from './service/lookup.ts';
import { ContainerPlugging } from './service/plugging.ts';
import { ContainerPower } from './service/power.ts';
import { QuotaService } from './service/quotas.ts';
import { answerRegistries } from './service/registry-logins.ts';
import { answerSecrets } from './service/secret-files.ts';
import { ContainerRebuilding } from './service/rebuilding.ts';
import { RegistryService } from './service/registries.ts';
import { workloadPort } from './service/workloads.ts';
import { createCapsule } from './tasks/create-capsule.ts';
import { attachNetwork } from './tasks/attach-network.ts';
import { createContainer } from './tasks/create-container.ts';
import { deleteCapsule } from './tasks/delete-capsule.ts';
import { deleteContainer } from './tasks/delete-container.ts';
import { detachNetwork } from './tasks/detach-network.ts';
import { pullImage } from './tasks/pull-image.ts';
import { setGroups } from './tasks/set-groups.ts';
import { commitContainer } from './tasks/commit-container.ts';
import { rebuildContainer } from './tasks/rebuild-container.ts';
import { replaceContainer } from './tasks/replace-container.ts';
import { VERSIONS } from './view/versions.ts';

/** What the task runner must know; made before the runner, which the service itself is given. */
export const containerTasks = (deps: TaskDeps): TaskKind<never>[] => [
  createContainer(deps),
  deleteContainer(deps),
  createCapsule(deps),
  deleteCapsule(deps),
  attachNetwork(deps),
  detachNetwork(deps),
  setGroups(deps),
  rebuildContainer(deps),
  replaceContainer(deps),
  commitContainer(deps),
  pullImage(deps),
];

/** Zun v1, and what its containers want of the nodes. */
export function createContainerService(deps: ContainerDeps): {
  service: Service;
  /** Whatever nodes ask of it. */
  answer: (nodes: NodeQuestions) => void;
  desired: readonly DesiredSource[];
  describe: DescribeInstance;
  workloads: WorkloadPort;
} {
  const lookup = new ContainerLookup(deps);
  const containers = new ContainerService(deps, lookup);
  const registries = new RegistryService(deps);
  const consoles = new Consoles(deps, lookup);
  const services = new ComputeServices(deps);
  const quotas = new QuotaService(deps);
  const archives = new ContainerArchives(deps, lookup);
  const routes = [
    ...containerRoutes({
      containers,
      creation: new ContainerCreation(deps, registries),
      policy: deps.policy,
    }),
    ...healthRoutes(containers),
    ...mountRoutes(containers),
    ...powerRoutes(new ContainerPower(deps, lookup)),
    ...inspectionRoutes(new ContainerInspection(deps, lookup), consoles),
    ...consoleRoutes(consoles),
    ...fileRoutes({
      archives,
      committing: new ContainerCommitting(deps, lookup),
      rebuilding: new ContainerRebuilding(deps, lookup),
    }),
    ...actionRoutes(containers, deps.policy),
    ...capsuleRoutes({
      capsules: new CapsuleService(deps),
      creation: new CapsuleCreation(deps),
      policy: deps.policy,
    }),
    ...pluggingRoutes(new ContainerPlugging(deps, lookup), containers),
    ...cloudRoutes(new HostService(deps), services),
    ...imageRoutes(new HostImageService(deps), {
      images: deps.images,
      driver: deps.containerImages.driver,
      inRegistries: (ctx, wanted) => searchRegistries(deps, ctx, wanted),
    }),
    ...serviceRoutes(services),
    ...networkRoutes(new KnownNetworks(deps)),
    ...registryRoutes(registries),
    ...quotaRoutes(quotas),
    ...quotaClassRoutes(quotas),
  ];
  const service = defineService({
    name: 'container',
    prefix: '/container',
    catalog: { types: ['container'], name: 'zun', path: '/container/v1' },
    microversions: VERSIONS,
    faults: zunFaults,
    policy: containerPolicy,
    routes: [...discoveryRoutes(), ...routes, ...routes.map(withoutVersion)],
    sockets: consoleSockets(consoles, deps.consoles.origins),
    migrations: containerMigrations,
    reconcilers: [],
  });
  const answer = (nodes: NodeQuestions) => {
    answerRegistries(nodes, deps);
    answerSecrets(nodes, deps);
    archives.answer(nodes);
    consoles.answer(nodes);
  };
  const desired = [new DesiredContainers(deps), new DesiredImages(deps)];
  return { service, answer, desired, describe: describeContainer(deps), workloads: workloadPort(deps) };
}

/** Zun takes a path without a version as version 1. */
const withoutVersion = (route: Route): Route => ({
  ...route,
  url: route.url.replace('/v1', ''),
  name: `${route.name}-unversioned`,
});
