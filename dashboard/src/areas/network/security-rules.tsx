import { Button, Group, Select, Stack, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { FormEvent } from 'react';
import { useText } from '../../messages/messages.tsx';
import { Failure } from '../../parts/failure.tsx';
import { SmallTable } from '../../parts/small-table.tsx';
import { valuesOf } from '../../parts/values.ts';
import { keyOf } from '../../resources/use-resources.ts';
import type { BrowserCaller } from '../../session/browser-caller.ts';
import { useCaller } from '../../session/session.tsx';
import type { SecurityGroup, SecurityRule } from './security-groups.tsx';

const RULES = '/v2.0/security-group-rules';
const PROTOCOLS = ['tcp', 'udp', 'icmp'];

const portsOf = ({ port_range_min: from, port_range_max: until }: SecurityRule): string =>
  from === null ? '' : from === until ? `${from}` : `${from}–${until}`;

/** What goes in and out; every change holds at once. */
export function SecurityRules({ item }: { readonly item: SecurityGroup }) {
  const text = useText();
  const caller = useCaller();
  const queries = useQueryClient();
  const change = useMutation({
    mutationFn: (act: (caller: BrowserCaller) => Promise<unknown>) => act(caller),
    onSettled: () => queries.invalidateQueries({ queryKey: keyOf('security-group') }),
  });
  const remove = (id: string) => change.mutate((by) => by.call('network', 'DELETE', `${RULES}/${id}`));
  return (
    <Stack>
      {change.error && <Failure thrown={change.error} />}
      <NewRule
        add={(rule) =>
          change.mutate((by) =>
            by.call('network', 'POST', RULES, {
              body: { security_group_rule: { security_group_id: item.id, ...rule } },
            }),
          )
        }
      />
      <SmallTable
        label={text('securityGroup.rules')}
        heads={[
          text('securityGroup.direction'),
          text('securityGroup.protocol'),
          text('securityGroup.ports'),
          text('securityGroup.remote'),
          '',
        ]}
        rows={item.security_group_rules.map((rule) => [
          text(rule.direction === 'ingress' ? 'securityGroup.in' : 'securityGroup.out'),
          `${rule.ethertype} ${rule.protocol ?? text('securityGroup.any')}`,
          portsOf(rule),
          <span className="mono">
            {rule.remote_ip_prefix ?? rule.remote_group_id ?? text('securityGroup.any')}
          </span>,
          <Button size="compact-xs" variant="default" onClick={() => remove(rule.id)}>
            {text('action.delete')}
          </Button>,
        ])}
      />
    </Stack>
  );
}

function NewRule({ add }: { readonly add: (rule: object) => void }) {
  const text = useText();
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const { direction, protocol, ports, remote } = valuesOf(event.currentTarget);
    const [from, until = from] = (ports ?? '').split(/[-–]/).map(Number);
    add({
      direction,
      ethertype: remote?.includes(':') ? 'IPv6' : 'IPv4',
      ...(protocol && { protocol }),
      ...(ports && { port_range_min: from, port_range_max: until }),
      ...(remote && { remote_ip_prefix: remote }),
    });
  };
  const directions = [
    { value: 'ingress', label: text('securityGroup.in') },
    { value: 'egress', label: text('securityGroup.out') },
  ];
  return (
    <form onSubmit={submit}>
      <Group align="end" gap="xs">
        <Select
          size="xs"
          w={110}
          name="direction"
          label={text('securityGroup.direction')}
          data={directions}
          defaultValue="ingress"
          allowDeselect={false}
        />
        <Select
          size="xs"
          w={110}
          name="protocol"
          label={text('securityGroup.protocol')}
          data={PROTOCOLS}
          defaultValue="tcp"
          clearable
        />
        <TextInput
          size="xs"
          w={110}
          name="ports"
          label={text('securityGroup.ports')}
          placeholder="80–90"
          pattern="\d+([\-–]\d+)?"
        />
        <TextInput
          size="xs"
          w={200}
          name="remote"
          label={text('securityGroup.remote')}
          placeholder="0.0.0.0/0"
        />
        <Button size="xs" type="submit">
          {text('securityGroup.add')}
        </Button>
      </Group>
    </form>
  );
}
