import { findText, ROOT_OWNER, writeWhole } from './files.ts';
import type { HostPaths } from './paths.ts';

/** What `up` changed outside our own directories. */
export interface SetupRecord {
  readonly packages: readonly string[];
  /** Made for a file that is not ours alone; goes when it is empty. */
  readonly directories: readonly string[];
  /** The value each had before us. */
  readonly sysctls: Readonly<Record<string, string>>;
  /** The version whose first project, networks, flavors and images are in; '' before. */
  readonly seeded: string;
  /** The version whose modules are in the compile cache; '' before. */
  readonly compiled: string;
}

const EMPTY: SetupRecord = { packages: [], directories: [], sysctls: {}, seeded: '', compiled: '' };

export async function readRecord(paths: HostPaths): Promise<SetupRecord> {
  const text = await findText(paths.record);
  return text === undefined ? EMPTY : { ...EMPTY, ...(JSON.parse(text) as Partial<SetupRecord>) };
}

/** Adds to the record before the change itself is made, so that a cut in between forgets nothing. The oldest value of a sysctl stays. */
export async function remember(paths: HostPaths, change: Partial<SetupRecord>): Promise<void> {
  const before = await readRecord(paths);
  const after: SetupRecord = {
    packages: union(before.packages, change.packages),
    directories: union(before.directories, change.directories),
    sysctls: { ...change.sysctls, ...before.sysctls },
    seeded: change.seeded ?? before.seeded,
    compiled: change.compiled ?? before.compiled,
  };
  await writeWhole(paths.record, `${JSON.stringify(after, null, 2)}\n`, { mode: 0o644, owner: ROOT_OWNER });
}

const union = (one: readonly string[], other: readonly string[] = []): readonly string[] => [
  ...new Set([...one, ...other]),
];
