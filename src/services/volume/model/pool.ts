import type { VolumeBackend } from '#node/description.ts';
import type { NodeInfo } from '#services/placement/port.ts';

/** One backend of one node: the place of volumes. Each has a single pool, of the same name. */
export interface Pool {
  readonly node: NodeInfo;
  readonly backend: VolumeBackend;
}

/** How much more thin volumes may promise than there is. */
export const OVERSUBSCRIPTION = 20;

const DRIVER_VERSION = '1.0';

export const poolsOf = (nodes: readonly NodeInfo[]): Pool[] =>
  nodes.flatMap((node) => node.volumeBackends.map((backend) => ({ node, backend })));

/** `host@backend`, as services are named. */
export const backendName = ({ node, backend }: Pool): string => `${node.hostname}@${backend.name}`;

/** `host@backend#pool`. */
export const poolName = (pool: Pool): string => `${backendName(pool)}#${pool.backend.name}`;

/** What extra specs of a volume type may ask of a pool, by the upstream's names. */
export const capabilitiesOf = ({ backend }: Pool) => ({
  volume_backend_name: backend.name,
  pool_name: backend.name,
  vendor_name: 'Open Source',
  driver_version: DRIVER_VERSION,
  storage_protocol: 'local',
  thin_provisioning_support: backend.thin,
  thick_provisioning_support: !backend.thin,
  multiattach: true,
  QoS_support: false,
  online_extend_support: true,
});

/** Specs that say something of the volumes, not of where they are. */
const OF_VOLUMES = new Set(['multiattach', 'replication_enabled']);

/** Whether a pool has what the extra specs ask for. Specs with another scope than `capabilities:` are for drivers. */
export function satisfies(pool: Pool, specs: Readonly<Record<string, string>>): boolean {
  const capabilities: Readonly<Record<string, unknown>> = capabilitiesOf(pool);
  return Object.entries(specs).every(([spec, wanted]) => {
    const name = spec.replace(/^capabilities:/, '');
    if (name.includes(':') || OF_VOLUMES.has(name)) return true;
    return meets(capabilities[name], wanted);
  });
}

/** `<is> True`, `<in> part`, `<or> one <or> other`, or the value itself. */
function meets(actual: unknown, wanted: string): boolean {
  const text = String(actual).toLowerCase();
  const [operator, ...operands] = wanted.toLowerCase().trim().split(/\s+/);
  if (operator === '<is>' || operator === 's==') return text === operands.join(' ');
  if (operator === '<in>') return text.includes(operands.join(' '));
  if (operator === '<or>') return operands.filter((word) => word !== '<or>').includes(text);
  return text === wanted.toLowerCase();
}
