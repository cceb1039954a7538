import { useQuery } from '@tanstack/react-query';
import { useText } from '../../messages/messages.tsx';
import { Failure } from '../../parts/failure.tsx';
import { SmallTable } from '../../parts/small-table.tsx';
import { State } from '../../parts/state.tsx';
import { keyOf } from '../../resources/use-resources.ts';
import { useCaller } from '../../session/session.tsx';
import type { Network } from './networks.tsx';

interface Subnet {
  readonly name: string;
  readonly cidr: string;
  readonly gateway_ip: string | null;
}

interface Port {
  readonly status: string;
  readonly mac_address: string;
  readonly device_owner: string;
  readonly device_id: string;
  readonly fixed_ips: readonly { readonly ip_address: string }[];
}

interface ShownProps {
  readonly item: Network;
}

/** What of a kind is on the network. */
function useOn<T>(network: string, collection: 'ports' | 'subnets') {
  const caller = useCaller();
  return useQuery({
    queryKey: keyOf(collection === 'ports' ? 'port' : 'subnet', 'on', network),
    queryFn: async () => {
      const query = { network_id: network };
      return (await caller.call<Record<string, T[]>>('network', 'GET', `/v2.0/${collection}`, { query }))[
        collection
      ];
    },
  });
}

export function NetworkSubnets({ item }: ShownProps) {
  const text = useText();
  const { data = [], error, refetch } = useOn<Subnet>(item.id, 'subnets');
  if (error) return <Failure thrown={error} retry={() => void refetch()} />;
  return (
    <SmallTable
      label={text('network.subnets')}
      heads={[text('column.name'), text('network.cidr'), text('network.gateway')]}
      rows={data.map(({ name, cidr, gateway_ip: gateway }) => [
        name,
        <span className="mono">{cidr}</span>,
        gateway,
      ])}
    />
  );
}

export function NetworkPorts({ item }: ShownProps) {
  const text = useText();
  const { data = [], error, refetch } = useOn<Port>(item.id, 'ports');
  if (error) return <Failure thrown={error} retry={() => void refetch()} />;
  return (
    <SmallTable
      label={text('network.ports')}
      heads={[text('column.state'), text('column.addresses'), 'MAC', text('network.usedBy')]}
      rows={data.map(
        ({ status, fixed_ips: ips, mac_address: mac, device_owner: owner, device_id: device }) => [
          <State state={status} />,
          <span className="mono">{ips.map(({ ip_address: ip }) => ip).join(', ')}</span>,
          <span className="mono">{mac}</span>,
          <span title={device}>{owner}</span>,
        ],
      )}
    />
  );
}
