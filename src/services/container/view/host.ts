import type { Microversion } from '#kernel/context.ts';
import { isAtLeast } from '#kernel/microversion.ts';
import type { NodeInfo } from '#services/placement/port.ts';
import { COMPUTE, zoneOf } from '../model/compute.ts';
import { limitsDisks } from '../model/runtime.ts';

interface HostFrame {
  readonly base: string;
  readonly version: Microversion;
}

/** A node as Zun shows a compute host. */
export const hostView = (node: NodeInfo, containers: number, { base, version }: HostFrame) => ({
  uuid: node.id,
  hostname: node.hostname,
  mem_total: node.memory,
  mem_used: node.allocated.memory,
  cpus: node.cpus,
  cpu_used: node.allocated.cpu,
  disk_total: node.disk,
  disk_used: node.allocated.disk,
  disk_quota_supported: node.runtimes.some(limitsDisks),
  total_containers: containers,
  architecture: node.architecture,
  os_type: node.osType,
  os: node.os,
  kernel_version: node.kernelVersion,
  labels: node.labels,
  runtimes: node.runtimes,
  runtime_details: node.runtimeDetails ?? {},
  ...(isAtLeast(version, '1.29') && { enable_cpu_pinning: (node.dedicatedCpus ?? []).length > 0 }),
  links: [
    { rel: 'self', href: `${base}/v1/hosts/${node.id}` },
    { rel: 'bookmark', href: `${base}/hosts/${node.id}` },
  ],
});

/** A node as the zun-compute that runs on it. */
export const computeServiceView = (node: NodeInfo, id: number) => ({
  id,
  host: node.hostname,
  binary: COMPUTE,
  state: node.state === 'up' ? 'up' : 'down',
  disabled: node.disabled,
  disabled_reason: node.disabledReason,
  forced_down: node.forcedDown,
  report_count: 0,
  last_seen_up: node.lastSeen,
  availability_zone: zoneOf(node),
  created_at: null,
  updated_at: node.lastSeen,
});
