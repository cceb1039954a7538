/** What others may know of a container, or of a capsule's member. */
export interface Workload {
  readonly id: string;
  readonly projectId: string;
  readonly userId: string;
  readonly name: string;
  readonly image: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Null before it has a place. */
  readonly host: string | null;
  /** ISO-8601. */
  readonly createdAt: string;
}

export interface WorkloadPort {
  /** In the order of their making. */
  find(query: WorkloadQuery): Promise<readonly Workload[]>;
}

export interface WorkloadQuery {
  /** Null = of all projects. */
  readonly projectIds: readonly string[] | null;
  /** Absent = all. */
  readonly ids?: readonly string[];
}
