/** Rows as they are stored. Times are ISO-8601 text, flags 0 or 1, `*_json` JSON text. */
export interface PlacementTables {
  placement_node: NodeRow;
  placement_allocation: AllocationRow;
}

export interface NodeRow {
  id: string;
  hostname: string;
  state: 'up' | 'down';
  disabled: number;
  disabled_reason: string | null;
  forced_down: number;
  last_seen: string;
  description_json: string;
  /** Grows with every allocation: two claims that saw the same node free cannot both have it. */
  generation: number;
}

export interface AllocationRow {
  consumer: string;
  host: string;
  project_id: string;
  user_id: string;
  /** Thousandths of a core. */
  cpu_milli: number;
  /** MiB. */
  memory: number;
  /** GiB. */
  disk: number;
  cpuset_json: string | null;
  created_at: string;
}
