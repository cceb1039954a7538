import { useQueries } from '@tanstack/react-query';
import { Capsules } from '../../../../src/sdk/capsules.ts';
import { Containers } from '../../../../src/sdk/containers.ts';
import { keyOf } from '../../resources/use-resources.ts';
import { useCaller } from '../../session/session.tsx';

/** What runs, as far as networks show it. */
export interface Workload {
  readonly id: string;
  readonly name: string;
  readonly status: string;
  /** Of its page. */
  readonly path: string;
  /** null = nowhere yet. */
  readonly host: string | null;
}

interface Shown {
  readonly uuid: string;
  readonly name: string;
  readonly status: string;
  readonly host?: string | null;
}

const workloadsIn = (path: string, all: readonly Shown[] = []): Workload[] =>
  all.map(({ uuid, name, status, host = null }) => ({
    id: uuid,
    name,
    status,
    host,
    path: `${path}/${uuid}`,
  }));

/** Containers and capsules of the project, kept where their lists are. */
export function useWorkloads() {
  const caller = useCaller();
  const [containers, capsules] = useQueries({
    queries: [
      {
        queryKey: keyOf('container', 'list', '/containers'),
        queryFn: () => new Containers(caller).list(),
      },
      { queryKey: keyOf('capsule', 'list', '/capsules'), queryFn: () => new Capsules(caller).list() },
    ],
  });
  return {
    workloads: [...workloadsIn('/containers', containers.data), ...workloadsIn('/capsules', capsules.data)],
    isPending: containers.isPending || capsules.isPending,
    error: containers.error ?? capsules.error,
  };
}
