import type { NodeInfo, ResourceAmounts } from '../port.ts';

/** Placement's names of what we count. */
export const CLASS_OF = { cpu: 'VCPU', memory: 'MEMORY_MB', disk: 'DISK_GB' } as const satisfies Record<
  keyof ResourceAmounts,
  string
>;

/** Standard resource classes, as every Placement knows them. */
export const RESOURCE_CLASSES: readonly string[] = [
  'VCPU',
  'MEMORY_MB',
  'DISK_GB',
  'PCI_DEVICE',
  'SRIOV_NET_VF',
  'NUMA_SOCKET',
  'NUMA_CORE',
  'NUMA_THREAD',
  'NUMA_MEMORY_MB',
  'IPV4_ADDRESS',
  'VGPU',
  'VGPU_DISPLAY_HEAD',
  'NET_BW_EGR_KILOBIT_PER_SEC',
  'NET_BW_IGR_KILOBIT_PER_SEC',
  'PCPU',
  'MEM_ENCRYPTION_CONTEXT',
  'FPGA',
  'PGPU',
];

const DISABLED = 'COMPUTE_STATUS_DISABLED';

/** What can be said of nodes: whether they are out of service, and each runtime that they have. */
export const traitsOf = ({ disabled, runtimes }: NodeInfo): string[] => [
  ...(disabled ? [DISABLED] : []),
  ...runtimes.map((name) => `CUSTOM_RUNTIME_${name.toUpperCase().replaceAll(/[^A-Z0-9_]/g, '_')}`),
];

export const knownTraits = (nodes: readonly NodeInfo[]): string[] =>
  [...new Set([DISABLED, ...nodes.flatMap(traitsOf)])].sort();

/** Whole units, as Placement counts: a fraction of a core takes one. */
export const toClasses = (amounts: ResourceAmounts): Record<string, number> => ({
  [CLASS_OF.cpu]: Math.ceil(amounts.cpu),
  [CLASS_OF.memory]: amounts.memory,
  [CLASS_OF.disk]: amounts.disk,
});

/** Without what is none. */
export const toHeldClasses = (amounts: ResourceAmounts): Record<string, number> =>
  Object.fromEntries(Object.entries(toClasses(amounts)).filter(([, amount]) => amount > 0));
