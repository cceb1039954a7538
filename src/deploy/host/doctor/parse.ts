/** How tools and /proc are read. Pure. */

export type CgroupLayout = 'unified' | 'hybrid' | 'legacy' | 'none';

/** From /proc/self/mountinfo. All three are good; crun needs a wrapper under the hybrid one, which the driver brings. */
export function cgroupLayout(mountinfo: string): CgroupLayout {
  const has = (type: string) => new RegExp(` - ${type} `).test(mountinfo);
  if (has('cgroup')) return has('cgroup2') ? 'hybrid' : 'legacy';
  return has('cgroup2') ? 'unified' : 'none';
}

/** The first dotted number: `crun version 1.8.1` → [1, 8, 1]. undefined when there is none. */
export function parseVersion(text: string): readonly number[] | undefined {
  return /\d+(?:\.\d+)+/.exec(text)?.[0].split('.').map(Number);
}

export function isAtLeast(version: readonly number[], wanted: readonly number[]): boolean {
  for (const [index, part] of wanted.entries()) {
    const own = version[index] ?? 0;
    if (own !== part) return own > part;
  }
  return true;
}

/** Bytes that new programs can have, from /proc/meminfo. */
export const availableMemory = (meminfo: string): number =>
  Number(/^MemAvailable:\s+(\d+) kB/m.exec(meminfo)?.[1] ?? 0) * 1024;

export const knowsFileSystem = (filesystems: string, name: string): boolean =>
  filesystems.split('\n').some((line) => line.split('\t')[1] === name);
