import { describe, expect, it } from 'vitest';
import type { WorkloadSpec } from '../driver.ts';
import { ociConfig, type BundlePlace } from './config.ts';
import { handleOf, readHandle } from '../conmon/handle.ts';
import { hostLayout, workloadLayout } from '../conmon/layout.ts';
import { seccompProfile } from './seccomp.ts';
import { capabilitiesFor, parseHostRights } from './security.ts';

const spec: WorkloadSpec = {
  id: 'a1',
  layers: ['/layer'],
  args: ['serve'],
  env: { PATH: '/bin' },
  workdir: '',
  user: '',
  hostname: 'web',
  tty: false,
  stdin: false,
  privileged: false,
  netns: '/run/netns/a1',
  files: [{ path: '/etc/hosts', content: '', mode: 0o644 }],
  resources: { cpu: 1.5, memory: 64, pids: 100 },
  stopSignal: 'SIGTERM',
  log: { maxBytes: 1000 },
};

const place: BundlePlace = {
  rootfs: '/base/rootfs',
  cgroupPath: '/hydria/a1',
  files: ['/base/files/0'],
  user: { uid: 5, gid: 6, additionalGids: [7], home: '/home' },
  rights: { capabilities: ['CAP_CHOWN', 'CAP_SYS_ADMIN'], openFiles: 2000 },
  filter: 'AAAA',
};

describe('a bundle’s configuration', () => {
  const config = ociConfig(spec, place);

  it('runs the program as the user, with the image’s environment over the defaults', () => {
    expect(config.process).toMatchObject({
      args: ['serve'],
      cwd: '/',
      user: { uid: 5, gid: 6, additionalGids: [7] },
      env: ['PATH=/bin', 'HOSTNAME=web', 'HOME=/home'],
      capabilities: { bounding: ['CAP_CHOWN'] },
      noNewPrivileges: true,
    });
  });

  it('limits cores, memory without swap, processes and open files', () => {
    expect(config.linux.resources).toMatchObject({
      cpu: { quota: 150_000, period: 100_000 },
      memory: { limit: 67_108_864, swap: 67_108_864 },
      pids: { limit: 100 },
    });
    expect(config.process.rlimits).toEqual([{ type: 'RLIMIT_NOFILE', soft: 2000, hard: 2000 }]);
  });

  it('sets no limit that was not asked for', () => {
    const { resources } = ociConfig(
      { ...spec, resources: { cpu: null, memory: null, pids: 5 } },
      place,
    ).linux;
    expect(Object.keys(resources).sort()).toEqual(['devices', 'pids']);
  });

  it('joins the network, hides the host, and denies devices first', () => {
    expect(config.linux.namespaces).toContainEqual({ type: 'network', path: '/run/netns/a1' });
    expect(config.linux.maskedPaths).toContain('/proc/kcore');
    expect(config.linux.resources.devices[0]).toEqual({ allow: false, access: 'rwm' });
    expect(config.mounts.find((mount) => mount.destination === '/sys')?.options).toContain('ro');
    expect(config.mounts.at(-1)).toMatchObject({ destination: '/etc/hosts', source: '/base/files/0' });
  });

  it('hands the compiled filter on, and lifts all of it for a privileged workload', () => {
    expect(config).toMatchObject({ annotations: { 'run.oci.seccomp_bpf_data': 'AAAA' } });
    expect(ociConfig(spec, { ...place, filter: undefined })).not.toHaveProperty('annotations');
    const lifted = ociConfig({ ...spec, privileged: true }, place);
    expect(lifted).not.toHaveProperty('annotations');
    expect(lifted.linux).not.toHaveProperty('seccomp');
    expect(lifted.linux).not.toHaveProperty('maskedPaths');
    expect(lifted.process).toMatchObject({
      noNewPrivileges: false,
      capabilities: { bounding: place.rights.capabilities },
    });
  });
});

describe('the seccomp profile', () => {
  const { syscalls } = seccompProfile('x64');
  const answer = (name: string) => syscalls.filter((rule) => rule.names.includes(name));

  it('denies what it does not name, and names no call twice without conditions', () => {
    expect(seccompProfile('x64')).toMatchObject({ defaultAction: 'SCMP_ACT_ERRNO', defaultErrnoRet: 38 });
    const plain = syscalls.filter((rule) => rule.args === undefined).flatMap((rule) => rule.names);
    expect(plain.filter((name, index) => plain.indexOf(name) !== index)).toEqual([]);
  });

  it.each(['read', 'openat', 'execve', 'futex', 'accept4', 'epoll_wait'])('allows %s', (name) => {
    expect(answer(name)).toMatchObject([{ action: 'SCMP_ACT_ALLOW' }]);
  });

  it.each(['mount', 'bpf', 'keyctl', 'init_module', 'unshare', 'setns', 'io_uring_setup', 'kexec_load'])(
    'forbids %s',
    (name) => {
      expect(answer(name)).toMatchObject([{ action: 'SCMP_ACT_ERRNO', errnoRet: 1 }]);
    },
  );

  it('lets clone make processes, not namespaces', () => {
    expect(answer('clone')).toMatchObject([{ args: [{ op: 'SCMP_CMP_MASKED_EQ', valueTwo: 0 }] }]);
    expect(answer('clone3')).toMatchObject([{ errnoRet: 38 }]);
  });
});

describe('what the node may hand on', () => {
  const rights = parseHostRights(
    'CapBnd:\t000001fffeffffff\n',
    'Limit   Soft   Hard   Units\nMax open files            1024                 20000                files\n',
  );

  it('is what it has itself', () => {
    expect(rights.openFiles).toBe(20_000);
    expect(rights.capabilities).toHaveLength(40);
    expect(rights.capabilities).not.toContain('CAP_SYS_RESOURCE');
  });

  it('is little to a workload that is not privileged', () => {
    expect(capabilitiesFor(false, rights)).toHaveLength(14);
    expect(capabilitiesFor(false, rights)).not.toContain('CAP_SYS_ADMIN');
    expect(capabilitiesFor(true, rights)).toContain('CAP_SYS_ADMIN');
  });
});

describe('names', () => {
  it.each(['', '.', '..', '../x', 'a/b', 'a\0b', '-rf', 'x'.repeat(65)])('refuses %j as an id', (id) => {
    expect(() => workloadLayout(hostLayout('/base'), id)).toThrow('cannot be the id of a workload');
  });

  it('reads its own handles after they were stored, and no others', () => {
    const stored = JSON.parse(JSON.stringify(handleOf('crun', spec))) as ReturnType<typeof handleOf>;
    expect(readHandle('crun', stored)).toEqual({
      id: 'a1',
      stopSignal: 'SIGTERM',
      tty: false,
      stdin: false,
      stdinOnce: false,
      maxLogFiles: null,
      silent: false,
      maxLogBytes: 1000,
    });
    expect(() => readHandle('crun', { ...stored, version: 2 })).toThrow(
      'crun cannot use a handle of crun, version 2.',
    );
    expect(() => readHandle('crun', { ...stored, runtime: 'fake' })).toThrow(
      'crun cannot use a handle of fake',
    );
  });
});
