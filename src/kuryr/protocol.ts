import { Type, type Static } from 'typebox';

/** What dockerd says to a remote driver, as far as Docker's protocol binds it; more fields may come. */

const DockerId = Type.String({ pattern: '^([0-9a-f]{64}|[0-9a-z]{25})$' });
const PoolId = Type.String({ pattern: '^([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})?$' });
const Cidr = Type.String({ pattern: '^([0-9A-Fa-f:.]+/[0-9]{1,3})?$' });
const Address = Type.String({ pattern: '^[0-9A-Fa-f:.]*$' });
const Mac = Type.String({ pattern: '^(([0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2})?$' });
const Options = Type.Union([Type.Record(Type.String(), Type.Unknown()), Type.Null()]);

const IpData = Type.Object({
  AddressSpace: Type.Optional(Type.String()),
  Pool: Cidr,
  Gateway: Type.Optional(Cidr),
});

const OfEndpoint = { NetworkID: DockerId, EndpointID: DockerId };

export const BODIES = {
  network: Type.Object({ NetworkID: DockerId }),
  createNetwork: Type.Object({
    NetworkID: DockerId,
    IPv4Data: Type.Union([Type.Array(IpData), Type.Null()]),
    IPv6Data: Type.Union([Type.Array(IpData), Type.Null()]),
    Options: Type.Optional(Options),
  }),
  endpoint: Type.Object(OfEndpoint),
  createEndpoint: Type.Object({
    ...OfEndpoint,
    Interface: Type.Union([
      Type.Object({
        Address: Type.Optional(Cidr),
        AddressIPv6: Type.Optional(Cidr),
        MacAddress: Type.Optional(Mac),
      }),
      Type.Null(),
    ]),
    Options: Type.Optional(Options),
  }),
  join: Type.Object({ ...OfEndpoint, SandboxKey: Type.String(), Options: Type.Optional(Options) }),
  connectivity: Type.Object({ ...OfEndpoint, Options: Type.Optional(Options) }),
  pool: Type.Object({
    AddressSpace: Type.String(),
    Pool: Cidr,
    SubPool: Cidr,
    V6: Type.Boolean(),
    Options: Type.Optional(Options),
  }),
  releasePool: Type.Object({ PoolID: PoolId }),
  address: Type.Object({ PoolID: PoolId, Address, Options: Type.Optional(Options) }),
  releaseAddress: Type.Object({ PoolID: PoolId, Address }),
  any: Type.Unknown(),
} as const;

type Bodies = typeof BODIES;
export type NetworkBody = Static<Bodies['network']>;
export type CreateNetworkBody = Static<Bodies['createNetwork']>;
export type EndpointBody = Static<Bodies['endpoint']>;
export type CreateEndpointBody = Static<Bodies['createEndpoint']>;
export type ConnectivityBody = Static<Bodies['connectivity']>;
export type PoolBody = Static<Bodies['pool']>;
export type ReleasePoolBody = Static<Bodies['releasePool']>;
export type AddressBody = Static<Bodies['address']>;
export type ReleaseAddressBody = Static<Bodies['releaseAddress']>;
