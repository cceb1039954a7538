import { describe, expect, it } from 'vitest';
import { ABSENT } from '../driver.ts';
import { stateOf } from './state.ts';

const NEVER = '0001-01-01T00:00:00Z';
const found = (changes: object) => ({
  State: {
    Status: 'exited',
    Pid: 0,
    ExitCode: 0,
    OOMKilled: false,
    StartedAt: '2026-01-02T03:04:05.123456789Z',
    FinishedAt: NEVER,
    ...changes,
  } as never,
});

describe('what Docker says of a container', () => {
  it('is absent when Docker knows none', () => {
    expect(stateOf(undefined)).toBe(ABSENT);
  });

  it('is created after a start that failed, without an exit code', () => {
    const state = stateOf(found({ Status: 'created', ExitCode: 127, StartedAt: NEVER }));
    expect(state).toEqual({ ...ABSENT, status: 'created' });
  });

  it('has no end while it runs again', () => {
    const state = stateOf(
      found({ Status: 'running', Pid: 7, ExitCode: 3, FinishedAt: '2026-01-02T03:04:00Z' }),
    );
    expect(state).toEqual({
      status: 'running',
      pid: 7,
      exitCode: null,
      oomKilled: false,
      startedAt: '2026-01-02T03:04:05.123Z',
      finishedAt: null,
    });
  });

  it('never ended before it began', () => {
    const state = stateOf(found({ FinishedAt: '2026-01-02T03:04:05.122Z' }));
    expect(state.finishedAt).toBe(state.startedAt);
  });

  it('tells how and when it ended', () => {
    const end = { ExitCode: 137, OOMKilled: true, FinishedAt: '2026-01-02T04:00:00.5Z' };
    expect(stateOf(found(end))).toMatchObject({
      status: 'stopped',
      pid: null,
      exitCode: 137,
      oomKilled: true,
      finishedAt: '2026-01-02T04:00:00.500Z',
    });
  });
});
