import { Link } from 'wouter';
import {
  DHCP,
  FLOATING_IP,
  ROUTER_GATEWAY,
  ROUTER_INTERFACE,
} from '../../../../src/services/network/model/device-owner.ts';
import { useText } from '../../messages/messages.tsx';
import { FloatingIpLink, RouterLink } from './links.tsx';
import { useWorkloads } from './workloads.ts';

export interface Held {
  readonly device_owner: string;
  readonly device_id: string;
}

/** What a port belongs to. */
export function Holder({ of: { device_owner: owner, device_id: id } }: { readonly of: Held }) {
  const text = useText();
  if (owner === ROUTER_INTERFACE || owner === ROUTER_GATEWAY) return <RouterLink id={id} />;
  if (owner === FLOATING_IP) return <FloatingIpLink id={id} />;
  if (owner === DHCP) return <span className="quiet">{text('port.dhcp')}</span>;
  if (id === '') return <span className="quiet">{text('port.free')}</span>;
  return <WorkloadLink id={id} owner={owner} />;
}

function WorkloadLink({ id, owner }: { readonly id: string; readonly owner: string }) {
  const { workloads } = useWorkloads();
  const found = workloads.find((one) => one.id === id);
  if (!found) return <span title={id}>{owner}</span>;
  return (
    <Link className="list-link" href={found.path}>
      {found.name}
    </Link>
  );
}
