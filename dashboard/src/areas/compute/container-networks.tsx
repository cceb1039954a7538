import { useQuery } from '@tanstack/react-query';
import { Link } from 'wouter';
import type { ShownContainer } from '../../../../src/sdk/containers.ts';
import { useText } from '../../messages/messages.tsx';
import { SmallTable } from '../../parts/small-table.tsx';
import { collect } from '../../resources/collect.ts';
import { keyOf } from '../../resources/use-resources.ts';
import { FloatingAddresses } from '../network/floating-addresses.tsx';
import { useCaller } from '../../session/session.tsx';

interface Network {
  readonly id: string;
  readonly name: string;
}

/** Where it can be reached. */
export function ContainerNetworks({ item: { uuid, addresses, ports } }: { readonly item: ShownContainer }) {
  const text = useText();
  const caller = useCaller();
  const { data = [] } = useQuery({
    queryKey: keyOf('network', 'names'),
    queryFn: () =>
      collect<Network>(caller, { service: 'network', path: '/v2.0/networks', collection: 'networks' }),
  });
  const nameOf = (id: string) => data.find((network) => network.id === id)?.name ?? id;
  const rows = Object.entries(addresses ?? {}).flatMap(([id, all]) => all.map(({ addr }) => ({ id, addr })));
  return (
    <SmallTable
      label={text('workload.networks')}
      heads={[
        text('create.network'),
        text('column.addresses'),
        text('floatingIp.outside'),
        text('create.ports'),
      ]}
      rows={rows.map(({ id, addr }) => [
        <Link className="list-link" href={`/networks/${id}`}>
          {nameOf(id)}
        </Link>,
        <span className="mono">{addr}</span>,
        <FloatingAddresses device={uuid} address={addr} />,
        ports.join(', '),
      ])}
    />
  );
}
