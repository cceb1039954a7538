import { useQuery } from '@tanstack/react-query';
import { Link } from 'wouter';
import { collect } from '../../resources/collect.ts';
import type { RestPlace } from '../../resources/rest.tsx';
import { keyOf } from '../../resources/use-resources.ts';
import { useCaller } from '../../session/session.tsx';
import { FLOATING_IPS, GROUPS, NETWORKS, ROUTERS, SUBNETS } from './places.ts';

interface Named {
  readonly id: string;
  readonly name?: string;
  readonly cidr?: string;
  readonly floating_ip_address?: string;
}

const nameOf = ({ id, name, cidr, floating_ip_address: address }: Named): string =>
  address ?? [name, cidr].filter(Boolean).join(' ') ?? id;

/** All of a kind, asked for once for a whole page, and kept where its list is. */
export function useAll<T>(kind: string, path: string, place: RestPlace) {
  const caller = useCaller();
  return useQuery({ queryKey: keyOf(kind, 'list', path), queryFn: () => collect<T>(caller, place) });
}

const linkTo = (kind: string, path: string, place: RestPlace) =>
  function NamedLink({ id }: { readonly id: string }) {
    const { data = [] } = useAll<Named>(kind, path, place);
    const found = data.find((one) => one.id === id);
    return (
      <Link className="list-link" href={`${path}/${id}`} title={id}>
        {(found && nameOf(found)) || id.slice(0, 8)}
      </Link>
    );
  };

export const NetworkLink = linkTo('network', '/networks', NETWORKS);
export const RouterLink = linkTo('router', '/routers', ROUTERS);
export const GroupLink = linkTo('security-group', '/security-groups', GROUPS);
export const FloatingIpLink = linkTo('floating-ip', '/floating-ips', FLOATING_IPS);

/** A subnet has no page but its network's. */
export function SubnetName({ id }: { readonly id: string }) {
  const { data = [] } = useAll<Named>('subnet', '/subnets', SUBNETS);
  const found = data.find((one) => one.id === id);
  return <span title={id}>{(found && nameOf(found)) || id.slice(0, 8)}</span>;
}

/** Each of them as a link. */
export function Links({ ids, to: To }: { readonly ids: readonly string[]; readonly to: typeof NetworkLink }) {
  return ids.map((id, index) => (
    <span key={id}>
      {index > 0 && ', '}
      <To id={id} />
    </span>
  ));
}
