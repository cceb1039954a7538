export interface EventTables {
  event: EventTable;
  event_head: EventHeadTable;
}

export interface EventTable {
  seq: number;
  id: string;
  at: string;
  project: string | null;
  service: string;
  type: string;
  resource: string;
  payload: string;
}

/** One row. Its lock is held until the writer commits, so the order of `seq` is the order of commits. */
export interface EventHeadTable {
  id: number;
  /** The newest event. */
  last: number;
  /** The newest event that was forgotten. */
  pruned: number;
}
