import { ActionIcon, Group, Tooltip } from '@mantine/core';
import { IconLinkOff } from '@tabler/icons-react';
import { useText } from '../../messages/messages.tsx';
import { useAct } from '../../resources/use-resources.ts';
import { disassociate, type FloatingIp } from './floating-ips.tsx';
import { useAll } from './links.tsx';
import { FLOATING_IPS } from './places.ts';
import { WebLink } from './web-link.tsx';

interface FloatingAddressesProps {
  /** What they lead to: a workload, or a port. */
  readonly device?: string;
  readonly port?: string;
  /** One of its addresses; without, those of all. */
  readonly address?: string;
}

/** Where it is reached from outside: each a link to what it serves, with the way to take it off. */
export function FloatingAddresses({ device, port, address }: FloatingAddressesProps) {
  const text = useText();
  const { data = [] } = useAll<FloatingIp>('floating-ip', '/floating-ips', FLOATING_IPS);
  const act = useAct<FloatingIp>({ kind: 'floating-ip' });
  const leadHere = data.filter(
    ({ port_id: to, port_details: details, fixed_ip_address: fixed }) =>
      to !== null &&
      (device === undefined || details?.device_id === device) &&
      (port === undefined || to === port) &&
      (address === undefined || fixed === address),
  );
  if (leadHere.length === 0) return null;
  return (
    <Group component="span" gap={4} display="inline-flex">
      {leadHere.map((one) => (
        <Group component="span" key={one.id} gap={2} wrap="nowrap" display="inline-flex">
          <WebLink address={one.floating_ip_address} />
          <Tooltip label={text('floatingIp.disassociate')}>
            <ActionIcon
              size="sm"
              variant="subtle"
              color="gray"
              aria-label={`${text('floatingIp.disassociate')}: ${one.floating_ip_address}`}
              onClick={() => act.mutate({ action: disassociate, items: [one] })}
            >
              <IconLinkOff size={14} />
            </ActionIcon>
          </Tooltip>
        </Group>
      ))}
    </Group>
  );
}
