import { containerStore } from '../store/containers.ts';
import type { Container } from '../model/container.ts';
import type { Workload, WorkloadPort } from '../port.ts';
import type { ContainerTables } from '../tables.ts';
import type { ContainerDeps } from './deps.ts';

/** What other services may know. */
export const workloadPort = ({ database }: Pick<ContainerDeps, 'database'>): WorkloadPort => ({
  find: async (query) =>
    (await containerStore.ofProjects(database.handle<ContainerTables>(), query)).map(workload),
});

const workload = ({
  id,
  projectId,
  userId,
  name,
  image,
  settings,
  host,
  createdAt,
}: Container): Workload => ({
  id,
  projectId,
  userId,
  name,
  image,
  labels: settings.labels,
  host,
  createdAt,
});
