import { readFile } from 'node:fs/promises';
import { exists } from './files.ts';

/** What decides how, and whether, Hydria can be set up here. */
export interface HostFacts {
  readonly uid: number;
  readonly system: SystemRelease;
  readonly systemd: boolean;
}

export interface SystemRelease {
  /** `debian`, `ubuntu`, … as in os-release(5). */
  readonly id: string;
  /** `12`, `24.04`; '' for a rolling one. */
  readonly version: string;
  readonly name: string;
}

export async function hostFacts(): Promise<HostFacts> {
  return {
    uid: process.geteuid?.() ?? -1,
    system: parseRelease(await readFile('/etc/os-release', 'utf8').catch(() => '')),
    systemd: await exists('/run/systemd/system'),
  };
}

export function parseRelease(text: string): SystemRelease {
  const value = (key: string) => new RegExp(`^${key}=["']?([^"'\n]*)`, 'm').exec(text)?.[1] ?? '';
  return {
    id: value('ID'),
    version: value('VERSION_ID'),
    name: value('PRETTY_NAME') || value('ID') || process.platform,
  };
}

const OLDEST: Readonly<Record<string, number>> = { debian: 12, ubuntu: 22 };

/** Debian 12 or newer (testing has no number), Ubuntu 22.04 or newer: the same rule as in the launcher. */
export function isKnownSystem(system: SystemRelease): boolean {
  const oldest = OLDEST[system.id];
  return oldest !== undefined && (system.version === '' || Number.parseFloat(system.version) >= oldest);
}
