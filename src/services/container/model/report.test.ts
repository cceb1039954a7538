import { describe, expect, it } from 'vitest';
import type { ContainerReport } from '#node/protocol.ts';
import { NOT_PLACED, type Container } from './container.ts';
import { withPower } from './power.ts';
import { applyAbsence, applyReport, isSpent } from './report.ts';

const container = (change: Partial<Container> = {}): Container => ({
  id: 'c1',
  projectId: 'p1',
  userId: 'u1',
  name: 'web',
  image: 'hello',
  cpu: 1,
  memory: 64,
  disk: 1,
  autoRemove: false,
  autoHeal: false,
  settings: {} as Container['settings'],
  createdAt: '',
  updatedAt: '',
  host: 'node-1',
  placement: NOT_PLACED,
  desired: true,
  power: { state: 'running', epoch: 1, stopTimeoutSeconds: 10 },
  generation: 1,
  status: 'Creating',
  statusReason: null,
  taskState: 'container_creating',
  present: true,
  observed: null,
  ...change,
});

const report = (change: Partial<ContainerReport> = {}): ContainerReport => ({
  kind: 'container',
  id: 'c1',
  generation: 1,
  status: 'running',
  epoch: 1,
  exitCode: null,
  oomKilled: false,
  startedAt: null,
  finishedAt: null,
  reason: null,
  failed: false,
  image: null,
  ...change,
});

const running = applyReport(container(), report());

describe('applyReport', () => {
  it('makes what is created Running when its node says so', () => {
    expect(running).toMatchObject({ status: 'Running', taskState: null, statusReason: null });
  });

  it('says what a creation waits for', () => {
    const next = applyReport(container(), report({ status: 'creating', reason: 'pulling image: 40 %' }));
    expect(next).toMatchObject({ status: 'Creating', statusReason: 'pulling image: 40 %' });
  });

  it('leaves a failed creation to its task', () => {
    const next = applyReport(container(), report({ status: 'error', failed: true, reason: 'no' }));
    expect(next).toMatchObject({ status: 'Creating', observed: { failed: true, reason: 'no' } });
  });

  it('takes a process that ended at once as run', () => {
    expect(applyReport(container(), report({ status: 'stopped', exitCode: 0 })).status).toBe('Stopped');
  });

  it('returns the same object for nothing new', () => {
    expect(applyReport(running, report())).toBe(running);
  });

  it('follows what happens by itself', () => {
    const killed = applyReport(running, report({ status: 'stopped', oomKilled: true }));
    expect(killed).toMatchObject({ status: 'Stopped', statusReason: 'Killed: out of memory.' });
    expect(applyReport(running, report({ status: 'restarting' })).status).toBe('Restarting');
    expect(applyReport(running, report({ status: 'creating' })).status).toBe('Running');
  });

  it('tells of too little memory also while it waits to restart, and no more once it runs', () => {
    const waiting = report({ status: 'restarting', oomKilled: true, reason: 'Starts in 2 s.' });
    expect(applyReport(running, waiting)).toMatchObject({
      status: 'Restarting',
      statusReason: 'Killed: out of memory. Starts in 2 s.',
    });
    expect(applyReport(running, report({ oomKilled: true })).statusReason).toBeNull();
  });

  it('waits, after a wish, for the report that answers it', () => {
    const rebooting = withPower(running, 'reboot', 3);
    const early = [
      report({ generation: 1, epoch: 2 }),
      report({ generation: 2, epoch: 1 }),
      report({ generation: 2, epoch: 1, status: 'stopped' }),
    ];
    for (const each of early)
      expect(applyReport(rebooting, each)).toMatchObject({
        status: 'Restarting',
        taskState: 'container_rebooting',
      });
    const done = applyReport(rebooting, report({ generation: 2, epoch: 2 }));
    expect(done).toMatchObject({ status: 'Running', taskState: null });
  });

  it('ends a wish that failed in Error, with the reason', () => {
    const failed = report({ generation: 2, status: 'error', failed: true, reason: 'cannot freeze' });
    const next = applyReport(withPower(running, 'pause', 10), failed);
    expect(next).toMatchObject({ status: 'Error', statusReason: 'cannot freeze', taskState: null });
  });

  it('changes no status of what is being deleted', () => {
    const next = applyReport(container({ status: 'Deleting' }), report({ status: 'stopped' }));
    expect(next).toMatchObject({ status: 'Deleting', observed: { status: 'stopped' } });
  });
});

describe('applyAbsence', () => {
  it('stops what ran, and leaves alone what its node never had', () => {
    expect(applyAbsence(running)).toMatchObject({ status: 'Stopped', present: false });
    expect(applyAbsence(container())).toMatchObject({ status: 'Creating', present: false });
    const gone = container({ present: false });
    expect(applyAbsence(gone)).toBe(gone);
  });
});

describe('isSpent', () => {
  it('is a container that ended and was to vanish then', () => {
    const ended = applyReport({ ...running, autoRemove: true }, report({ status: 'stopped' }));
    expect(isSpent(ended)).toBe(true);
    expect(isSpent({ ...ended, autoRemove: false })).toBe(false);
    expect(isSpent({ ...running, autoRemove: true })).toBe(false);
  });
});
