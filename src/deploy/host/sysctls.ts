import { readFile, writeFile } from 'node:fs/promises';

export type Sysctls = Readonly<Record<string, string>>;

/** Packets pass between the external network and the rest of the world. */
export const FORWARDING: Sysctls = { 'net.ipv4.ip_forward': '1' };

export async function readSysctls(names: readonly string[]): Promise<Sysctls> {
  const values = names.map(
    async (name) => [name, (await readFile(sysctlPath(name), 'utf8')).trim()] as const,
  );
  return Object.fromEntries(await Promise.all(values));
}

export async function writeSysctls(values: Sysctls): Promise<void> {
  for (const [name, value] of Object.entries(values)) await writeFile(sysctlPath(name), value);
}

const sysctlPath = (name: string): string => `/proc/sys/${name.replaceAll('.', '/')}`;
