import type { WholeContainer } from './container-overview.tsx';

const isSaid = (value: unknown): boolean =>
  value !== null &&
  value !== undefined &&
  value !== '' &&
  !(typeof value === 'object' && Object.keys(value).length === 0);

const positive = (value: unknown): number | undefined => (Number(value) > 0 ? Number(value) : undefined);

/** How orchestration makes such a container: a template of its own, as text that it reads. */
export async function templateFor(container: WholeContainer): Promise<string> {
  const { name, image, cpu, memory, environment, addresses, command, interactive, hostname } = container;
  const properties = {
    name,
    image,
    command: command?.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' '),
    cpu: positive(cpu),
    memory: positive(memory),
    hostname,
    environment,
    interactive: interactive || undefined,
    networks: Object.keys(addresses ?? {}).map((network) => ({ network })),
  };
  const said = Object.entries(properties).filter(([, value]) => isSaid(value));
  const { stringify } = await import('yaml');
  return stringify({
    heat_template_version: '2021-04-16',
    resources: { container: { type: 'OS::Zun::Container', properties: Object.fromEntries(said) } },
    outputs: { addresses: { value: { get_attr: ['container', 'addresses'] } } },
  });
}
