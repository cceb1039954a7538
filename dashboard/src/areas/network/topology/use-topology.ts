import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { keyOf } from '../../../resources/use-resources.ts';
import { useSession } from '../../../session/session.tsx';
import type { FloatingIp } from '../floating-ips.tsx';
import { useAll } from '../links.tsx';
import type { Network } from '../networks.tsx';
import { FLOATING_IPS, NETWORKS, PORTS, ROUTERS, SUBNETS } from '../places.ts';
import type { Port } from '../ports.tsx';
import type { Router } from '../routers.tsx';
import type { Subnet } from '../subnets.tsx';
import { useWorkloads } from '../workloads.ts';
import { graphOf } from './graph.ts';

const RATES = ['network.incoming.bytes.rate', 'network.outgoing.bytes.rate'];
const REFRESH_MS = 10_000;

interface CurrentBody {
  readonly current: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

/** Bytes a second that each workload takes and sends, as its node measured them last. */
function useTraffic(): ReadonlyMap<string, number> {
  const { caller } = useSession();
  const { data } = useQuery({
    queryKey: keyOf('measures', 'current', RATES),
    queryFn: () =>
      caller.call<CurrentBody>('metric', 'GET', '/v1/current', { query: { metric: RATES.join() } }),
    enabled: caller.has('metric'),
    refetchInterval: REFRESH_MS,
  });
  return useMemo(
    () =>
      new Map(
        Object.entries(data?.current ?? {}).map(([id, rates]) => [
          id,
          Object.values(rates).reduce((sum, rate) => sum + rate, 0),
        ]),
      ),
    [data],
  );
}

const NONE: readonly never[] = [];

/** What the project has, from the lists of all that is in it: an event makes one of them be asked for again. */
export function useTopology() {
  const { who } = useSession();
  const networks = useAll<Network>('network', '/networks', NETWORKS);
  const subnets = useAll<Subnet>('subnet', '/subnets', SUBNETS);
  const routers = useAll<Router>('router', '/routers', ROUTERS);
  const ports = useAll<Port>('port', '/ports', PORTS);
  const floatingIps = useAll<FloatingIp>('floating-ip', '/floating-ips', FLOATING_IPS);
  const { workloads, isPending, error } = useWorkloads();
  const lists = [networks, subnets, routers, ports, floatingIps];
  const failed = lists.find((list) => list.error);
  const graph = graphOf({
    project: who.project?.id ?? '',
    networks: networks.data ?? NONE,
    subnets: subnets.data ?? NONE,
    routers: routers.data ?? NONE,
    ports: ports.data ?? NONE,
    floatingIps: floatingIps.data ?? NONE,
    workloads,
  });
  return {
    graph,
    traffic: useTraffic(),
    isPending: isPending || lists.some((list) => list.isPending),
    error: failed?.error ?? error,
    retry: () => void failed?.refetch(),
  };
}
