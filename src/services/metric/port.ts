/** A condition on a resource, as Gnocchi's queries have it: `{"=": {"server_group": "…"}}`, `{"and": […]}`. */
export type ResourceFilter = { readonly [operator: string]: unknown };

/** Which series are asked for: those of one resource, or one series of all that match. */
export interface SeriesQuery {
  /** What the answer is found by. */
  readonly key: string;
  readonly projectId: string;
  /** Names of metrics (`cpu_util`) of resources, or ids of series. */
  readonly metrics: readonly string[];
  readonly select:
    | { readonly by: 'resource'; readonly resourceType: string; readonly id: string }
    | { readonly by: 'filter'; readonly resourceType: string; readonly filter: ResourceFilter }
    | { readonly by: 'series' };
  /** `mean`, `max`, `min`, `sum`, `count`, `last`, or one of them of the rates: `rate:mean`. */
  readonly aggregation: string;
  /** Seconds. */
  readonly granularity: number;
  /** ISO-8601, both inclusive. */
  readonly from: string;
  readonly until: string;
}

export interface Measure {
  /** ISO-8601: the beginning of the period. */
  readonly at: string;
  readonly value: number;
}

/** What others ask of measures. */
export interface MetricPort {
  /**
   * The series of many queries, oldest measure first, at one question to each node. A query of whose resources nothing is known, or whose
   * node is away, has no measures.
   */
  read(
    queries: readonly SeriesQuery[],
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, readonly Measure[]>>;
}
