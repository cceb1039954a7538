import { systemClock, type Clock } from '#kernel/clock.ts';
import type { Ctx } from '#kernel/context.ts';
import type { Principal } from '#kernel/http/auth.ts';
import { silentLogger } from '#kernel/log.ts';
import {
  createNetwork,
  networkPolicy,
  type NetworkDeps,
  type NetworkParts,
} from '#services/network/index.ts';
import { aCaller, anAdmin, serveApi, type TestApi } from '#test/support/api.ts';
import { FakeNodes } from '#test/support/fake-nodes.ts';
import { FakeLimits } from '#test/support/fake-ports.ts';

export interface NetworkKit extends AsyncDisposable {
  readonly api: TestApi;
  readonly nodes: FakeNodes;
  readonly parts: NetworkParts;
  /** Creates one object and returns it; fails when it was refused. */
  // A test looks into whatever came back.
  // oxlint-disable-next-line typescript/no-explicit-any
  make(as: Principal, collection: string, body: object): Promise<any>;
  /** A network with one subnet. */
  makeNetwork(
    as: Principal,
    cidr: string,
    network?: object,
    subnet?: object,
  ): Promise<{ id: string; subnetId: string }>;
}

export const member = aCaller('project-a');
export const stranger = aCaller('project-b', ['member', 'reader'], 'user-2');
export const admin = anAdmin();

export const serveNetwork = (...hosts: string[]): Promise<NetworkKit> =>
  serveNetworkAt(systemClock, ...hosts);

/** The same, with a clock of the test's. */
export const serveNetworkAt = (clock: Clock, ...hosts: string[]): Promise<NetworkKit> =>
  serveNetworkWith({ clock }, ...hosts);

/** The same, with what a test wants otherwise. */
export async function serveNetworkWith(
  change: Partial<Pick<NetworkDeps, 'clock' | 'segments'>>,
  ...hosts: string[]
): Promise<NetworkKit> {
  const identity = new FakeLimits();
  const nodes = new FakeNodes(...(hosts.length > 0 ? hosts : ['node-1']));
  let parts: NetworkParts | undefined;
  const api = await serveApi({
    rules: networkPolicy,
    services: ({ database, policy }) => {
      parts = createNetwork({
        database,
        policy,
        nodes,
        identity,
        clock: systemClock,
        log: silentLogger,
        ...change,
      });
      return [parts.service];
    },
  });
  if (!parts) throw new Error('The service was not made.');
  const make: NetworkKit['make'] = async (as, collection, body) => {
    const singular = collection.replaceAll('-', '_').replace(/s$/, '');
    const answer = await api.post(`/network/v2.0/${collection}`, { as, body: { [singular]: body } });
    if (answer.status !== 201) throw new Error(`${collection}: ${answer.status} ${answer.text}`);
    return answer.body[singular];
  };
  return {
    api,
    nodes,
    parts,
    make,
    async makeNetwork(as, cidr, network = {}, subnet = {}) {
      const { id } = await make(as, 'networks', network);
      const ip_version = cidr.includes(':') ? 6 : 4;
      const made = await make(as, 'subnets', { network_id: id, cidr, ip_version, ...subnet });
      return { id, subnetId: made.id };
    },
    [Symbol.asyncDispose]: () => api[Symbol.asyncDispose](),
  };
}

/** The caller of a port method. */
export const ctxOf = ({ user, project, roles }: Principal): Ctx => ({
  requestId: 'req-test',
  user,
  project,
  domainScope: null,
  systemScope: false,
  roles,
  isAdmin: roles.includes('admin'),
  microversion: { major: 1, minor: 0 },
  signal: new AbortController().signal,
  clock: systemClock,
  log: silentLogger,
});
