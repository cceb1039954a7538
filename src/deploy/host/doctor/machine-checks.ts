import { readFile, statfs } from 'node:fs/promises';
import { isKnownSystem, type HostFacts } from '../facts.ts';
import { missingPackages, neededPackages } from '../packages.ts';
import { expect, type Check } from './check.ts';
import { availableMemory, isAtLeast, parseVersion } from './parse.ts';

const GIB = 2 ** 30;

/** What the machine itself brings: rights, system, packages, room, time. */
export const machineChecks = (facts: HostFacts): readonly Check[] => [
  rights(facts),
  operatingSystem(facts),
  nodeVersion,
  packages,
  diskSpace,
  memory,
  clock,
];

const rights = ({ uid }: HostFacts): Check => ({
  name: 'rights of root',
  check: async () => expect(uid === 0, 'this is not root', 'sudo ./hydria doctor'),
});

const operatingSystem = ({ system }: HostFacts): Check => ({
  name: 'operating system',
  check: async () =>
    expect(isKnownSystem(system), `${system.name} is not known`, 'use Debian 12 or Ubuntu 22.04, or newer'),
});

const nodeVersion: Check = {
  name: 'Node.js',
  check: async () =>
    expect(
      isAtLeast(parseVersion(process.version) ?? [], [24, 7]),
      `${process.version} is older than 24.7`,
      './hydria up',
    ),
};

const packages: Check = {
  name: 'Debian packages',
  check: async () => {
    const missing = await missingPackages(await neededPackages());
    const names = missing.join(' ');
    return expect(missing.length === 0, `missing: ${names}`, `apt-get install ${names}`);
  },
};

const diskSpace: Check = {
  name: 'disk space',
  check: async () => {
    const { bavail, bsize } = await statfs('/var/lib');
    const free = (bavail * bsize) / GIB;
    return expect(
      free >= 2,
      `${free.toFixed(1)} GiB free in /var/lib, 2 are needed`,
      'see what fills it: du -xh /var | sort -h | tail',
    );
  },
};

const memory: Check = {
  name: 'memory',
  check: async () => {
    const free = availableMemory(await readFile('/proc/meminfo', 'utf8')) / GIB;
    return expect(
      free >= 0.5,
      `${free.toFixed(1)} GiB available, 0.5 are needed`,
      'see what takes it: ps ax --sort=-rss -o rss,args | head',
    );
  },
};

/** Certificates and tokens are worth nothing when the clock is years behind, as after a dead battery. */
const clock: Check = {
  name: 'clock',
  check: async () =>
    expect(
      Date.now() > Date.UTC(2026, 0),
      `it says ${new Date().toISOString()}`,
      'apt-get install systemd-timesyncd, or set it with date -s',
    ),
};
