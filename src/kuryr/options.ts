import { badRequest } from '#kernel/errors.ts';

/** Something of Neutron that a user named by id or by name. */
export interface Reference {
  readonly id: string | null;
  readonly name: string | null;
}

/** What users say with `-o` and `--ipam-opt`. */
export interface KuryrOptions {
  readonly network: Reference | null;
  readonly subnet: Readonly<Record<4 | 6, Reference | null>>;
  readonly pool: Readonly<Record<4 | 6, Reference | null>>;
  readonly shared: boolean | null;
}

type Given = Readonly<Record<string, unknown>>;

/** @throws CloudError `bad-request` for a flag that is none. */
export const parseOptions = (given: Given): KuryrOptions => ({
  network: reference(given, 'neutron.net'),
  subnet: { 4: reference(given, 'neutron.subnet'), 6: reference(given, 'neutron.subnet.v6') },
  pool: { 4: reference(given, 'neutron.pool'), 6: reference(given, 'neutron.pool.v6') },
  shared: flag(given['neutron.net.shared']),
});

function reference(given: Given, key: string): Reference | null {
  const [id, name] = [text(given[`${key}.uuid`]), text(given[`${key}.name`])];
  return id === null && name === null ? null : { id, name };
}

const text = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null);

function flag(value: unknown): boolean | null {
  if (value === undefined || value === null) return null;
  if (typeof value === 'boolean') return value;
  const word = JSON.stringify(value).replaceAll('"', '').toLowerCase();
  if (['true', '1', 'yes', 'on', 't', 'y'].includes(word)) return true;
  if (['false', '0', 'no', 'off', 'f', 'n'].includes(word)) return false;
  throw badRequest(`neutron.net.shared is 'true' or 'false', not '${word}'.`);
}

interface ExposedPort {
  readonly Proto: number;
  readonly Port: number;
}

export interface PortRange {
  readonly protocol: 'icmp' | 'tcp' | 'udp';
  readonly first: number;
  readonly last: number;
}

const PROTOCOLS: Readonly<Record<number, PortRange['protocol']>> = { 1: 'icmp', 6: 'tcp', 17: 'udp' };

/** One range for each run of neighbouring ports of a protocol. @throws CloudError `bad-request` */
export function portRanges(exposed: readonly ExposedPort[]): PortRange[] {
  const sorted = exposed.toSorted((a, b) => a.Proto - b.Proto || a.Port - b.Port);
  const ranges: PortRange[] = [];
  for (const { Proto, Port } of sorted) {
    const protocol = PROTOCOLS[Proto];
    if (!protocol) throw badRequest(`Protocol ${Proto} cannot be exposed.`);
    const range = ranges.at(-1);
    if (range?.protocol === protocol && Port <= range.last + 1)
      ranges[ranges.length - 1] = { ...range, last: Port };
    else ranges.push({ protocol, first: Port, last: Port });
  }
  return ranges;
}
