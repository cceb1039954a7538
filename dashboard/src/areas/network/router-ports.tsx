import { Button, Group, Select, Stack } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useText } from '../../messages/messages.tsx';
import { Failure, tellFailure } from '../../parts/failure.tsx';
import { SmallTable } from '../../parts/small-table.tsx';
import { State } from '../../parts/state.tsx';
import { keyOf } from '../../resources/use-resources.ts';
import { useCaller } from '../../session/session.tsx';
import { subnetChoices } from './choices.ts';
import type { Router } from './routers.tsx';

interface Port {
  readonly id: string;
  readonly status: string;
  readonly device_owner: string;
  readonly fixed_ips: readonly { readonly ip_address: string; readonly subnet_id: string }[];
}

/** The gateway is changed with the router itself. */
const isInside = ({ device_owner: owner }: Port): boolean => owner !== 'network:router_gateway';

const addressesOf = ({ fixed_ips: ips }: Port): string => ips.map(({ ip_address: ip }) => ip).join(', ');

/** The networks that it connects, and the way to connect another. */
export function RouterPorts({ item: { id } }: { readonly item: Router }) {
  const text = useText();
  const caller = useCaller();
  const queries = useQueryClient();
  const ports = useQuery({
    queryKey: keyOf('port', 'of', id),
    queryFn: async () =>
      (await caller.call<{ ports: Port[] }>('network', 'GET', '/v2.0/ports', { query: { device_id: id } }))
        .ports,
  });
  const change = useMutation({
    mutationFn: ({ verb, body }: { verb: string; body: object }) =>
      caller.call('network', 'PUT', `/v2.0/routers/${id}/${verb}_router_interface`, { body }),
    onError: tellFailure,
    onSettled: () => queries.invalidateQueries({ queryKey: keyOf('port') }),
  });
  if (ports.error) return <Failure thrown={ports.error} retry={() => void ports.refetch()} />;
  return (
    <Stack>
      <Connect connect={(subnet) => change.mutate({ verb: 'add', body: { subnet_id: subnet } })} />
      <SmallTable
        label={text('network.ports')}
        heads={[text('column.state'), text('column.addresses'), '']}
        rows={(ports.data ?? []).filter(isInside).map((port) => [
          <State state={port.status} />,
          <span className="mono">{addressesOf(port)}</span>,
          <Button
            size="compact-xs"
            variant="default"
            onClick={() => change.mutate({ verb: 'remove', body: { port_id: port.id } })}
          >
            {text('router.disconnect')}
          </Button>,
        ])}
      />
    </Stack>
  );
}

function Connect({ connect }: { readonly connect: (subnet: string) => void }) {
  const text = useText();
  const caller = useCaller();
  const [chosen, setChosen] = useState<string | null>(null);
  const { data = [] } = useQuery({
    queryKey: keyOf('subnet', 'choice'),
    queryFn: () => subnetChoices(caller),
  });
  return (
    <Group align="end" gap="xs">
      <Select
        size="xs"
        w={280}
        label={text('network.subnets')}
        data={data}
        value={chosen}
        onChange={setChosen}
        searchable
      />
      <Button size="xs" disabled={chosen === null} onClick={() => chosen !== null && connect(chosen)}>
        {text('router.connect')}
      </Button>
    </Group>
  );
}
