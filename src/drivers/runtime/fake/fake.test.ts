import { randomUUID } from 'node:crypto';
import { describe, expect, it, vi } from 'vitest';
import { systemClock } from '#kernel/clock.ts';
import { runtimeContract } from '../contract.ts';
import type { WorkloadSpec } from '../driver.ts';
import { FakeRuntime } from './driver.ts';
import { FakeHost, type FakeProgram } from './host.ts';

const PROGRAMS: Readonly<Record<string, FakeProgram>> = {
  patient: { says: [['stdout', 'ready']] },
  stubborn: { says: [['stdout', 'ready']], ignores: ['SIGTERM'] },
  failing: { exits: 3 },
  talking: {
    says: [
      ['stdout', 'one'],
      ['stderr', 'two'],
      ['stdout', 'three'],
    ],
    exits: 0,
  },
  missing: { missing: true },
  echoing: { echoes: true },
  hanging: { hangs: true },
};

const newHost = () => new FakeHost({ clock: systemClock, programs: PROGRAMS });

const spec = (program: string, changes: Partial<WorkloadSpec> = {}): WorkloadSpec => ({
  id: randomUUID(),
  layers: ['/layer'],
  args: [program],
  env: {},
  workdir: '/',
  user: '',
  hostname: 'fake',
  tty: false,
  stdin: false,
  privileged: false,
  netns: '/run/netns/fake',
  files: [],
  resources: { cpu: null, memory: 64, pids: 100 },
  stopSignal: 'SIGTERM',
  log: { maxBytes: 1 << 20 },
  ...changes,
});

runtimeContract('fake', async () => {
  const host = newHost();
  return {
    open: () => new FakeRuntime(host),
    spec,
    args: (program) => [program],
    leaks: async () => host.inventory(),
    dispose: async () => {},
  };
});

describe('a fake host', () => {
  it('fails a verb so many times before its effect, and then no more', async () => {
    const driver = new FakeRuntime(newHost());
    driver.host.faults.fail('ensure', 2, new Error('no disk'));
    await expect(driver.ensure(spec('patient'))).rejects.toThrow('no disk');
    await expect(driver.ensure(spec('patient'))).rejects.toThrow('no disk');
    expect(driver.host.inventory()).toEqual([]);
    await driver.ensure(spec('patient'));
    expect(driver.host.inventory()).toHaveLength(1);
  });

  it('fails a verb after its effect, as when the answer is lost', async () => {
    const driver = new FakeRuntime(newHost());
    const handle = await driver.ensure(spec('patient'));
    driver.host.faults.fail('start', 1, new Error('lost'), 'after');
    await expect(driver.start(handle)).rejects.toThrow('lost');
    expect((await driver.inspect(handle)).status).toBe('running');
    await driver.start(handle);
  });

  it('holds a verb until it is let go', async () => {
    const driver = new FakeRuntime(newHost());
    const handle = await driver.ensure(spec('patient'));
    const release = driver.host.faults.hold('start');
    const started = driver.start(handle);
    expect((await driver.inspect(handle)).status).toBe('created');
    release();
    await started;
    expect((await driver.inspect(handle)).status).toBe('running');
  });

  it('ends a program with any code, when a test says so', async () => {
    const driver = new FakeRuntime(newHost());
    const handle = await driver.ensure(spec('patient'));
    await driver.start(handle);
    driver.host.exit(handle.id, 137, true);
    expect(await driver.inspect(handle)).toMatchObject({ status: 'stopped', exitCode: 137, oomKilled: true });
  });

  it('ends everything when it starts again, and tells nobody', async () => {
    const driver = new FakeRuntime(newHost());
    const handle = await driver.ensure(spec('patient'));
    await driver.start(handle);
    const told = vi.spyOn(driver.host.events, 'send');
    driver.host.reboot();
    expect(await driver.inspect(handle)).toMatchObject({ status: 'stopped', pid: null, exitCode: 255 });
    expect(told).not.toHaveBeenCalled();
  });

  it('remembers what reached it, and not what was made to fail before', async () => {
    const driver = new FakeRuntime(newHost());
    const handle = await driver.ensure(spec('patient', { id: 'c1' }));
    driver.host.faults.fail('start', 1, new Error('busy'));
    await expect(driver.start(handle)).rejects.toThrow('busy');
    await driver.start(handle);
    await driver.stop(handle, 1);
    expect(driver.host.calls).toEqual(['ensure c1', 'start c1', 'stop c1', 'signal c1 SIGTERM']);
    expect(driver.host.count('start c1')).toBe(1);
  });
});
