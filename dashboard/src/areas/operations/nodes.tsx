import { ResourceFacts } from '../../parts/resource-facts.tsx';
import { nameColumn, textColumn } from '../../resources/columns.tsx';
import type { Column, ResourceDefinition } from '../../resources/definition.ts';
import { Progress, Text } from '@mantine/core';
import type { MessageKey } from '../../messages/messages.tsx';

const PATH = '/nodes';

interface Node {
  readonly uuid: string;
  readonly hostname: string;
  readonly cpus: number;
  readonly cpu_used: number;
  readonly mem_total: number;
  readonly mem_used: number;
  readonly disk_total: number;
  readonly disk_used: number;
  readonly total_containers: number;
  readonly runtimes: readonly string[];
  readonly os: string;
  readonly kernel_version: string;
}

const shareColumn = (
  title: MessageKey,
  used: (node: Node) => number,
  total: (node: Node) => number,
): Column<Node> => ({
  title,
  width: '1fr',
  text: used,
  cell: (node) => (
    <span>
      <Progress
        value={total(node) > 0 ? (100 * used(node)) / total(node) : 0}
        size="sm"
        aria-label={`${used(node)} / ${total(node)}`}
      />
      <Text fz={11} className="quiet">
        {Math.round(used(node) * 10) / 10} / {total(node)}
      </Text>
    </span>
  ),
});

/** The machines of the cloud, and how full they are. */
export const nodes: ResourceDefinition<Node> = {
  kind: 'node',
  path: PATH,
  title: 'page.nodes',
  id: ({ uuid }) => uuid,
  name: ({ hostname }) => hostname,
  list: async (caller) => (await caller.call<{ hosts: Node[] }>('container', 'GET', '/hosts')).hosts,
  get: (caller, id) => caller.call<Node>('container', 'GET', `/hosts/${id}`),
  columns: [
    nameColumn(
      PATH,
      ({ uuid }) => uuid,
      ({ hostname }) => hostname,
    ),
    shareColumn(
      'create.cpu',
      ({ cpu_used: used }) => used,
      ({ cpus }) => cpus,
    ),
    shareColumn(
      'create.memory',
      ({ mem_used: used }) => used,
      ({ mem_total: total }) => total,
    ),
    shareColumn(
      'workload.diskGib',
      ({ disk_used: used }) => used,
      ({ disk_total: total }) => total,
    ),
    textColumn('page.containers', '100px', ({ total_containers: count }) => String(count)),
    textColumn('workload.runtime', '140px', ({ runtimes }) => runtimes.join(', ')),
  ],
  actions: [],
  tabs: [{ name: 'facts', title: 'workload.overview', show: ResourceFacts }],
};
