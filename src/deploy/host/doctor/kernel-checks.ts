import { readFile } from 'node:fs/promises';
import { exec } from '#kernel/exec.ts';
import { messageOf } from '#kernel/errors.ts';
import { exists } from '../files.ts';
import { FORWARDING, readSysctls } from '../sysctls.ts';
import { expect, OK, type Check } from './check.ts';
import { cgroupLayout, isAtLeast, knowsFileSystem, parseVersion } from './parse.ts';

const NEW_KERNEL = 'boot a kernel that has it (apt-get install linux-image-amd64, reboot)';

/** What kernel and tools can really do: tried in a network namespace of its own, which is gone with the trial. */
export const kernelChecks = (): readonly Check[] => [
  overlay,
  namespaces,
  cgroups,
  bridgeFilter,
  forwarding,
  ...['bridge', 'veth', 'vxlan'].map(linkKind),
  nftables,
  ...TOOLS.map(toolVersion),
];

const overlay: Check = {
  name: 'overlay file system',
  check: async () =>
    expect(
      knowsFileSystem(await readFile('/proc/filesystems', 'utf8'), 'overlay'),
      'the kernel does not know it',
      `modprobe overlay, or ${NEW_KERNEL}`,
    ),
};

const namespaces: Check = {
  name: 'namespaces',
  check: async () => {
    const kinds = ['cgroup', 'ipc', 'mnt', 'net', 'pid', 'user', 'uts'];
    const present = await Promise.all(kinds.map((kind) => exists(`/proc/self/ns/${kind}`)));
    const missing = kinds.filter((_, index) => !present[index]);
    return expect(missing.length === 0, `not in this kernel: ${missing.join(', ')}`, NEW_KERNEL);
  },
};

const cgroups: Check = {
  name: 'cgroups',
  check: async () =>
    expect(
      cgroupLayout(await readFile('/proc/self/mountinfo', 'utf8')) !== 'none',
      'no cgroup file system is mounted',
      'mount -t cgroup2 none /sys/fs/cgroup',
    ),
};

const bridgeFilter: Check = {
  name: 'filtering on bridges',
  check: async () =>
    expect(
      await exists('/proc/sys/net/bridge/bridge-nf-call-iptables'),
      'br_netfilter is not loaded',
      `modprobe br_netfilter, or ${NEW_KERNEL}`,
    ),
};

const forwarding: Check = {
  name: 'IP forwarding',
  check: async () => {
    const current = await readSysctls(Object.keys(FORWARDING));
    const off = Object.entries(FORWARDING).filter(([name, value]) => current[name] !== value);
    return expect(
      off.length === 0,
      `off: ${off.map(([name]) => name).join(', ')}`,
      off.map(([name, value]) => `sysctl -w ${name}=${value}`).join(' && '),
    );
  },
};

const linkKind = (kind: string): Check => {
  const options = kind === 'vxlan' ? ['id', '1', 'dstport', '4789'] : [];
  return trial(`${kind} interfaces`, ['ip', 'link', 'add', 'name', 'probe0', 'type', kind, ...options]);
};

const nftables = trial('nftables', ['nft', 'add', 'table', 'inet', 'probe']);

function trial(name: string, command: readonly string[]): Check {
  return {
    name,
    check: async () =>
      exec('unshare', ['--net', ...command]).then(
        () => OK,
        (thrown: unknown) => ({
          problem: messageOf(thrown),
          mend: `as root: modprobe ${name === 'nftables' ? 'nf_tables' : name.split(' ')[0]}, or ${NEW_KERNEL}`,
        }),
      ),
  };
}

interface Tool {
  readonly command: readonly string[];
  readonly package: string;
  readonly oldest: readonly number[];
}

/** The oldest that Debian 12 and Ubuntu 22.04 bring. */
const TOOLS: readonly Tool[] = [
  { command: ['crun', '--version'], package: 'crun', oldest: [0, 17] },
  { command: ['conmon', '--version'], package: 'conmon', oldest: [2, 0] },
  { command: ['qemu-img', '--version'], package: 'qemu-utils', oldest: [5, 2] },
  { command: ['bwrap', '--version'], package: 'bubblewrap', oldest: [0, 4] },
  { command: ['nft', '--version'], package: 'nftables', oldest: [1, 0] },
  { command: ['dnsmasq', '--version'], package: 'dnsmasq-base', oldest: [2, 80] },
];

const toolVersion = ({ command: [program = '', ...args], package: name, oldest }: Tool): Check => ({
  name: program,
  check: async () => {
    const mend = `apt-get install ${name}`;
    const text = await exec(program, args).then(
      ({ stdout }) => stdout,
      () => undefined,
    );
    if (text === undefined) return { problem: 'it does not run', mend };
    const version = parseVersion(text);
    return expect(
      version !== undefined && isAtLeast(version, oldest),
      `version ${version?.join('.') ?? 'unknown'} is older than ${oldest.join('.')}`,
      mend,
    );
  },
});
