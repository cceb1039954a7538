import type { Ctx } from '#kernel/context.ts';
import { badRequest, forbidden } from '#kernel/errors.ts';
import { nameUuid } from '#kernel/ids.ts';
import type { NetworkInfo, PortRequest } from '#services/network/port.ts';
import type { NetBody } from '../schema/container.ts';
import type { ContainerDeps } from './deps.ts';

type NetDeps = Pick<ContainerDeps, 'networks' | 'policy'>;

interface Wanted {
  /** Of the container: ids of its ports derive from it. */
  readonly id: string;
  readonly nets: readonly NetBody[];
  readonly groups: readonly string[] | null;
}

/**
 * The ports a new container asks for; without any, one on the project's default network.
 * @throws CloudError `bad-request`, `not-found`, `forbidden` (external network).
 */
export async function resolveNets(
  deps: NetDeps,
  ctx: Ctx,
  { id, nets, groups }: Wanted,
): Promise<PortRequest[]> {
  const wanted = nets.length > 0 ? nets : [{ network: (await defaultNetwork(deps, ctx)).id }];
  const requests: PortRequest[] = [];
  for (const [index, net] of wanted.entries()) {
    requests.push({
      ...(await resolveNet(deps, ctx, net, nameUuid(id, `port-${index}`))),
      securityGroups: groups,
      device: `eth${index}`,
      primary: index === 0,
    });
  }
  if (new Set(requests.map((request) => request.portId)).size < requests.length)
    throw badRequest('Invalid input for field nets: a port is named twice.');
  return requests;
}

async function defaultNetwork({ networks }: NetDeps, ctx: Ctx): Promise<NetworkInfo> {
  const network = await networks.findDefaultNetwork(ctx);
  if (network) return network;
  throw badRequest('There is no network to put the container on: make one or name one in nets.');
}

/** @throws CloudError `bad-request`, `not-found`, `forbidden` (external network). */
export async function resolveNet(
  { networks, policy }: NetDeps,
  ctx: Ctx,
  net: NetBody,
  newPortId: string,
): Promise<Pick<PortRequest, 'portId' | 'networkId' | 'fixedIps'>> {
  if ((net.network === undefined) === (net.port === undefined))
    throw badRequest('Either a network or a port is needed, and not both.');
  const fixedIps = [net['v4-fixed-ip'], net['v6-fixed-ip']].filter((ip) => ip !== undefined);
  if (net.port !== undefined) {
    const port = await networks.getPort(ctx, net.port);
    if (port.deviceId !== '') throw badRequest(`Port ${net.port} is still in use.`, { code: 'port-in-use' });
    return { portId: port.id, networkId: null, fixedIps };
  }
  const network = await networks.getNetwork(ctx, net.network ?? '');
  if (network.external && !policy.allows(ctx, 'network:attach_external_network'))
    throw forbidden(`It is not allowed to create an interface on external network ${network.id}.`, {
      code: 'external-network-attach-forbidden',
    });
  return { portId: newPortId, networkId: network.id, fixedIps };
}
