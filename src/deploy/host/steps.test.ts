import { describe, expect, it } from 'vitest';
import { runSteps, type Progress, type Step } from './steps.ts';

const silent: Progress = { begin: () => {}, end: () => {}, fail: () => {} };

/** Steps over a set of facts: each makes its own name true. */
function world(names: readonly string[], facts = new Set<string>()) {
  const step = (name: string): Step => ({
    name,
    mend: `mend ${name}`,
    done: async () => facts.has(name),
    run: async () => void facts.add(name),
  });
  return { facts, steps: names.map(step) };
}

describe('runSteps', () => {
  it('runs what is not done, in order', async () => {
    const { steps } = world(['a', 'b', 'c'], new Set(['b']));
    expect(await runSteps(steps, silent)).toEqual(['a', 'c']);
  });

  it('does nothing the second time', async () => {
    const { steps } = world(['a', 'b']);
    await runSteps(steps, silent);
    expect(await runSteps(steps, silent)).toEqual([]);
  });

  it('goes on where it was cut off', async () => {
    const { steps, facts } = world(['a', 'b', 'c']);
    const cut = steps.with(1, { ...steps[1]!, run: () => Promise.reject(new Error('cut off')) });
    await expect(runSteps(cut, silent)).rejects.toThrow('cut off');
    expect([...facts]).toEqual(['a']);
    expect(await runSteps(steps, silent)).toEqual(['b', 'c']);
  });

  it('says what failed, why, and what mends it', async () => {
    const step: Step = {
      name: 'pour water',
      mend: 'fill the jar',
      done: async () => false,
      run: () => Promise.reject(new Error('the jar is empty')),
    };
    await expect(runSteps([step], silent)).rejects.toThrow(
      'Could not pour water: the jar is empty\nTo mend it: fill the jar',
    );
  });

  it('tells a look that fails the same way as a run that fails', async () => {
    const step: Step = {
      name: 'look',
      mend: 'open your eyes',
      done: () => Promise.reject(new Error('it is dark')),
      run: async () => {},
    };
    await expect(runSteps([step], silent)).rejects.toThrow(
      'Could not look: it is dark\nTo mend it: open your eyes',
    );
  });

  it('does not believe a step that ran and changed nothing', async () => {
    const { steps } = world(['a']);
    const idle = steps.map((step) => ({ ...step, run: async () => {} }));
    await expect(runSteps(idle, silent)).rejects.toThrow('it ran, but its result is not there');
  });

  it('shows each step that runs, and the one that fails', async () => {
    const seen: string[] = [];
    const progress: Progress = {
      begin: (name) => seen.push(`begin ${name}`),
      end: (name) => seen.push(`end ${name}`),
      fail: (name) => seen.push(`fail ${name}`),
    };
    const { steps } = world(['a', 'b']);
    const broken = steps.with(1, { ...steps[1]!, run: () => Promise.reject(new Error('no')) });
    await expect(runSteps(broken, progress)).rejects.toThrow('no');
    expect(seen).toEqual(['begin a', 'end a', 'begin b', 'fail b']);
  });
});
