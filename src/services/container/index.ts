import type { Route } from '#kernel/http/route.ts';
import { defineService, type Service } from '#kernel/http/service.ts';
import type { TaskKind } from '#kernel/tasks/task.ts';
import type { DescribeInstance } from '#services/network/port.ts';
import type { DesiredSource, NodeQuestions } from '#services/placement/port.ts';
import { zunFaults } from './faults.ts';
import { createContainers } from './migrations/0001-containers.ts';
import { addEtag } from './migrations/0002-etag.ts';
import { createRegistries } from './migrations/0003-registries.ts';
import { createTickets } from './migrations/0004-tickets.ts';
import { containerPolicy } from './policy.ts';
import { actionRoutes } from './routes/actions.ts';
import { cloudRoutes } from './routes/cloud.ts';
import { consoleRoutes, consoleSockets } from './routes/consoles.ts';
import { containerRoutes } from './routes/containers.ts';
import { discoveryRoutes } from './routes/discovery.ts';
import { inspectionRoutes } from './routes/inspection.ts';
import { powerRoutes } from './routes/power.ts';
import { quotaRoutes } from './routes/quotas.ts';
import { registryRoutes } from './routes/registries.ts';
import { Consoles } from './service/consoles.ts';
import { ContainerService } from './service/containers.ts';
import { ContainerCreation } from './service/creation.ts';
import type { ContainerDeps, TaskDeps } from './service/deps.ts';
import { describeContainer } from './service/instance-metadata.ts';
import { DesiredContainers } from './service/desired-containers.ts';
import { HostService } from './service/hosts.ts';
import { ContainerInspection } from './service/inspection.ts';
import { ContainerLookup } from './service/lookup.ts';
import { ContainerPower } from './service/power.ts';
import { QuotaService } from './service/quotas.ts';
import { answerRegistries } from './service/registry-logins.ts';
import { RegistryService } from './service/registries.ts';
import { createContainer } from './tasks/create-container.ts';
import { deleteContainer } from './tasks/delete-container.ts';
import { VERSIONS } from './view/versions.ts';

/** What the task runner must know; made before the runner, which the service itself is given. */
export const containerTasks = (deps: TaskDeps): TaskKind<never>[] => [
  createContainer(deps),
  deleteContainer(deps),
];

/** Zun v1, and what its containers want of the nodes. */
export function createContainerService(deps: ContainerDeps): {
  service: Service;
  /** Whatever nodes ask of it. */
  answer: (nodes: NodeQuestions) => void;
  desired: DesiredSource;
  describe: DescribeInstance;
} {
  const lookup = new ContainerLookup(deps);
  const containers = new ContainerService(deps, lookup);
  const registries = new RegistryService(deps);
  const consoles = new Consoles(deps, lookup);
  const routes = [
    ...containerRoutes({
      containers,
      creation: new ContainerCreation(deps, registries),
      policy: deps.policy,
    }),
    ...powerRoutes(new ContainerPower(deps, lookup)),
    ...inspectionRoutes(new ContainerInspection(deps, lookup), consoles),
    ...consoleRoutes(consoles),
    ...actionRoutes(containers, deps.policy),
    ...cloudRoutes(new HostService(deps), deps.images),
    ...registryRoutes(registries),
    ...quotaRoutes(new QuotaService(deps)),
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
    migrations: [createContainers, addEtag, createRegistries, createTickets],
    reconcilers: [],
  });
  const answer = (nodes: NodeQuestions) => {
    answerRegistries(nodes, deps);
    consoles.answer(nodes);
  };
  return { service, answer, desired: new DesiredContainers(deps), describe: describeContainer(deps) };
}

/** Zun takes a path without a version as version 1. */
const withoutVersion = (route: Route): Route => ({
  ...route,
  url: route.url.replace('/v1', ''),
  name: `${route.name}-unversioned`,
});
