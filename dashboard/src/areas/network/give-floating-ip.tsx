import { Center, Loader } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useText } from '../../messages/messages.tsx';
import { Failure } from '../../parts/failure.tsx';
import { collect } from '../../resources/collect.ts';
import { CreateForm, type Field } from '../../resources/create-form.tsx';
import type { ItemFormProps } from '../../resources/definition.ts';
import { restCreate, restUpdate } from '../../resources/rest.tsx';
import { keyOf } from '../../resources/use-resources.ts';
import type { BrowserCaller } from '../../session/browser-caller.ts';
import { useCaller } from '../../session/session.tsx';
import { outsideNetworks, type Choice } from './choices.ts';
import type { FloatingIp } from './floating-ips.tsx';
import { openPorts } from './open-ports.ts';
import { FLOATING_IPS } from './places.ts';
import { portAndAddress, targetChoices } from './targets.ts';

interface Workload {
  readonly uuid: string;
  /** Where it serves something, as far as its image says so. */
  readonly ports?: readonly number[];
}

interface Offers {
  /** Addresses of the workload. */
  readonly targets: readonly Choice[];
  /** Floating IPs that lead nowhere yet. */
  readonly free: readonly Choice[];
  readonly outside: readonly Choice[];
}

/** `network:<id>` = a new one of that network; else the id of one that is there. */
const NEW = 'network:';
const WEB = '80';

async function offersFor(
  caller: BrowserCaller,
  device: string,
  newOf: (name: string) => string,
): Promise<Offers> {
  const [targets, all, outside] = await Promise.all([
    targetChoices(caller, device),
    collect<FloatingIp>(caller, FLOATING_IPS),
    outsideNetworks(caller),
  ]);
  return {
    targets,
    free: all
      .filter(({ port_id: port }) => port === null)
      .map(({ id, floating_ip_address: address }) => ({ value: id, label: address })),
    outside: outside.map(({ value, label }) => ({ value: `${NEW}${value}`, label: newOf(label) })),
  };
}

interface Gift {
  readonly source: string;
  readonly target: string;
  readonly ports: string;
}

async function give(caller: BrowserCaller, { source, target, ports }: Gift): Promise<void> {
  const to = portAndAddress(target);
  if (ports !== '') await openPorts(caller, to.port_id, ports);
  if (source.startsWith(NEW))
    await restCreate(caller, FLOATING_IPS, { floating_network_id: source.slice(NEW.length), ...to });
  else await restUpdate(caller, FLOATING_IPS, { id: source, change: to });
}

/** An address that is reached from outside, in two clicks: what is most likely meant is chosen already. */
export function GiveFloatingIp({ item: { uuid, ports = [] }, close }: ItemFormProps<Workload>) {
  const text = useText();
  const caller = useCaller();
  const offers = useQuery({
    queryKey: keyOf('floating-ip', 'offers', uuid),
    queryFn: () => offersFor(caller, uuid, (name) => text('floatingIp.newOf', { name })),
    staleTime: Infinity,
    gcTime: 0,
  });
  if (offers.error) return <Failure thrown={offers.error} retry={() => void offers.refetch()} />;
  if (!offers.data)
    return (
      <Center>
        <Loader type="dots" aria-label={text('app.loading')} />
      </Center>
    );
  return (
    <CreateForm
      kind="floating-ip"
      submit="floatingIp.give"
      fields={fieldsOf(offers.data, ports)}
      body={({ source = '', target = '', ports: asked = '' }) => ({ source, target, ports: asked })}
      create={give}
      close={close}
    />
  );
}

function fieldsOf({ targets, free, outside }: Offers, ports: readonly number[]): Field[] {
  const sources = [...free, ...outside];
  return [
    {
      name: 'source',
      title: 'floatingIp.which',
      kind: 'choice',
      isRequired: true,
      initial: sources[0]?.value ?? '',
      options: async () => sources,
    },
    {
      name: 'target',
      title: 'floatingIp.leadsTo',
      kind: 'choice',
      isRequired: true,
      initial: targets[0]?.value ?? '',
      options: async () => targets,
    },
    {
      name: 'ports',
      title: 'floatingIp.openPorts',
      initial: ports.join(', ') || WEB,
      placeholder: '80, 443',
    },
  ];
}
