import type { TSchema, Static } from 'typebox';
import { Compile } from 'typebox/compile';
import { badRequest } from '#kernel/errors.ts';
import type { IpamDriver } from './ipam-driver.ts';
import type { RemoteNetworkDriver } from './network-driver.ts';
import { BODIES } from './protocol.ts';

/** One call of a plug-in protocol: checks what was said, then answers, if there is anything to say. */
export type Method = (body: unknown, query: URLSearchParams) => Promise<object | void>;

export interface MethodDeps {
  readonly network: RemoteNetworkDriver;
  readonly ipam: IpamDriver;
  readonly scope: 'local' | 'global';
}

const NO_SPACE = 'no_address_space';

/** Every method that is there, by the path that dockerd posts to. */
export const dockerMethods = ({ network, ipam, scope }: MethodDeps): Readonly<Record<string, Method>> => ({
  'Plugin.Activate': answer({ Implements: ['NetworkDriver', 'IpamDriver'] }),
  'NetworkDriver.GetCapabilities': answer({ Scope: scope }),
  'NetworkDriver.AllocateNetwork': method(BODIES.any, async (body) => ({
    Options: (body as { Options?: unknown } | null)?.Options ?? null,
  })),
  'NetworkDriver.FreeNetwork': answer({}),
  'NetworkDriver.CreateNetwork': method(BODIES.createNetwork, (body) => network.createNetwork(body)),
  'NetworkDriver.DeleteNetwork': method(BODIES.network, (body) => network.deleteNetwork(body)),
  'NetworkDriver.CreateEndpoint': method(BODIES.createEndpoint, (body) => network.createEndpoint(body)),
  'NetworkDriver.EndpointOperInfo': method(BODIES.endpoint, (body) => network.endpointInfo(body)),
  'NetworkDriver.DeleteEndpoint': method(BODIES.endpoint, (body) => network.deleteEndpoint(body)),
  'NetworkDriver.Join': method(BODIES.join, (body) => network.join(body)),
  'NetworkDriver.Leave': method(BODIES.endpoint, async () => ({})),
  'NetworkDriver.ProgramExternalConnectivity': method(BODIES.connectivity, (body) =>
    network.programExternalConnectivity(body),
  ),
  'NetworkDriver.RevokeExternalConnectivity': method(BODIES.connectivity, (body) =>
    network.revokeExternalConnectivity(body),
  ),
  'NetworkDriver.DiscoverNew': answer({}),
  'NetworkDriver.DiscoverDelete': answer({}),
  'IpamDriver.GetCapabilities': answer({ RequiresMACAddress: true }),
  'IpamDriver.GetDefaultAddressSpaces': answer({
    LocalDefaultAddressSpace: NO_SPACE,
    GlobalDefaultAddressSpace: NO_SPACE,
  }),
  'IpamDriver.RequestPool': method(BODIES.pool, (body) => ipam.requestPool(body)),
  'IpamDriver.ReleasePool': method(BODIES.releasePool, (body) => ipam.releasePool(body)),
  'IpamDriver.RequestAddress': method(BODIES.address, (body) => ipam.requestAddress(body)),
  'IpamDriver.ReleaseAddress': method(BODIES.releaseAddress, (body) => ipam.releaseAddress(body)),
});

function answer(fixed: object): Method {
  return async () => fixed;
}

function method<S extends TSchema>(schema: S, act: (body: Static<S>) => Promise<object>): Method {
  const check = Compile(schema);
  return async (body) => {
    if (check.Check(body)) return act(body);
    const [error] = check.Errors(body);
    throw badRequest(`The request ${error?.instancePath ?? ''} ${error?.message ?? 'is invalid'}`);
  };
}
