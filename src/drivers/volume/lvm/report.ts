/** What `lvs` tells of one volume group: the pool, and what is in it by our names. */
export interface LvmReport {
  readonly volumes: readonly Logical[];
  readonly pool: Pool;
  /** Sizes are multiples of it. */
  readonly extent: number;
}

export interface Logical {
  readonly name: string;
  readonly bytes: number;
  /** Whether it is a device of the machine now. */
  readonly active: boolean;
  readonly tags: readonly string[];
}

export interface Pool {
  readonly bytes: number;
  /** 0 to 100. */
  readonly dataPercent: number;
  readonly metadataPercent: number;
}

const FIELDS = [
  'lv_name',
  'lv_size',
  'lv_active',
  'lv_tags',
  'pool_lv',
  'data_percent',
  'metadata_percent',
  'vg_extent_size',
] as const;

type Row = Readonly<Record<(typeof FIELDS)[number], string>>;

/** For lvs(8), with the group's name behind them. */
export const REPORT_ARGS: readonly string[] = [
  '--reportformat',
  'json',
  '--units',
  'b',
  '--nosuffix',
  '--options',
  FIELDS.join(','),
];

/** @returns undefined when the group has no such pool. */
export function parseReport(json: string, pool: string): LvmReport | undefined {
  if (json.trim() === '') return undefined;
  const { report } = JSON.parse(json) as { report: readonly { readonly lv?: readonly Row[] }[] };
  const rows = report.flatMap(({ lv = [] }) => lv);
  const own = rows.find((row) => row.lv_name === pool);
  return (
    own && {
      volumes: rows.filter((row) => row.pool_lv === pool).map(toLogical),
      pool: {
        bytes: Number(own.lv_size),
        dataPercent: Number(own.data_percent),
        metadataPercent: Number(own.metadata_percent),
      },
      extent: Number(own.vg_extent_size),
    }
  );
}

const toLogical = (row: Row): Logical => ({
  name: row.lv_name,
  bytes: Number(row.lv_size),
  active: row.lv_active === 'active',
  tags: row.lv_tags === '' ? [] : row.lv_tags.split(','),
});
