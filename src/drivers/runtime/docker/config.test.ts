import { totalmem } from 'node:os';
import { describe, expect, it } from 'vitest';
import type { WorkloadSpec } from '../driver.ts';
import { madeOf, newLimits, workloadConfig } from './config.ts';

const spec: WorkloadSpec = {
  id: 'w1',
  layers: ['/layers/a'],
  args: ['sh', '-c', 'true'],
  env: { COLOUR: 'blue' },
  workdir: '',
  user: 'ann',
  hostname: 'jar',
  tty: false,
  stdin: true,
  privileged: false,
  netns: '/run/netns/n1',
  files: [{ path: '/etc/hosts', content: '', mode: 0o644 }],
  mounts: [{ source: '/volumes/v', destination: '/data', readOnly: true }],
  resources: { cpu: 0.5, memory: 64, pids: 100, cpuset: { cpus: [0, 2], mems: [1] } },
  stopSignal: 'SIGRTMIN+3',
  log: { maxBytes: 1000 },
};
const configOf = (changes: Partial<WorkloadSpec> = {}) =>
  workloadConfig({ ...spec, ...changes }, { image: 'i', files: ['/files/0'] });

describe('a workload as Docker makes it', () => {
  it('joins its sandbox and is left to the node: no network, no restart and no volume of Docker’s own', () => {
    expect(configOf()).toMatchObject({
      name: 'hydria-w1',
      Entrypoint: ['sh', '-c', 'true'],
      Cmd: [],
      Env: ['COLOUR=blue'],
      User: 'ann',
      WorkingDir: '/',
      OpenStdin: true,
      StdinOnce: false,
      StopSignal: '37',
      HostConfig: {
        NetworkMode: 'container:hydria-w1-net',
        RestartPolicy: { Name: 'no' },
        LogConfig: { Type: 'json-file', Config: { 'max-size': '500', 'max-file': '2' } },
        Mounts: [
          { Source: '/volumes/v', Target: '/data', ReadOnly: true },
          { Source: '/files/0', Target: '/etc/hosts', ReadOnly: false },
        ],
      },
    });
  });

  it('has its limits, and no swap', () => {
    expect(configOf().HostConfig).toMatchObject({
      CpuPeriod: 100_000,
      CpuQuota: 50_000,
      CpusetCpus: '0,2',
      CpusetMems: '1',
      Memory: 64 << 20,
      MemorySwap: 64 << 20,
      PidsLimit: 100,
    });
  });

  it('gains no rights, unless it is privileged', () => {
    expect(configOf().HostConfig).toMatchObject({ Privileged: false, SecurityOpt: ['no-new-privileges'] });
    expect(configOf({ privileged: true }).HostConfig).toMatchObject({ Privileged: true, SecurityOpt: [] });
  });

  it('refuses ids that are no names, and signals that are none', () => {
    expect(() => configOf({ id: '../x' })).toThrow(/cannot be the id/);
    expect(() => configOf({ stopSignal: 'SIGNOT' })).toThrow(/Unknown signal/);
  });

  it('is another one when anything changes but its limits, its network and the content of its files', () => {
    const files = [{ path: '/etc/hosts', content: 'bmV3', mode: 0o600 }];
    const resources = { cpu: null, memory: null, pids: 1 };
    expect(madeOf({ ...spec, files, resources, netns: '/run/netns/n2' })).toBe(madeOf(spec));
    expect(madeOf({ ...spec, env: {} })).not.toBe(madeOf(spec));
    expect(madeOf({ ...spec, files: [] })).not.toBe(madeOf(spec));
  });
});

it('takes every limit away that is not named', () => {
  expect(newLimits({ cpu: null, memory: null, pids: 7 })).toMatchObject({
    CpuQuota: -1,
    Memory: totalmem(),
    MemorySwap: -1,
    PidsLimit: 7,
  });
});

it.each([
  [
    { maxBytes: 1000, maxFiles: 3 },
    { Type: 'json-file', Config: { 'max-size': '1000', 'max-file': '3' } },
  ],
  [
    { maxBytes: 1000, silent: true },
    { Type: 'none', Config: {} },
  ],
])('keeps a log as its measures say: %o', (log, wanted) => {
  const { HostConfig } = workloadConfig({ ...spec, log }, { image: 'i', files: ['/files/0'] });
  expect(HostConfig?.LogConfig).toEqual(wanted);
});
