import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { unavailable } from '#kernel/errors.ts';
import { openInMemory } from '#test/support/databases.ts';
import { often } from '#test/support/often.ts';
import { TASKS, TaskRig, kindOf, step } from '#test/support/task-rig.ts';
import { park, type TaskKind, type TaskStep } from './task.ts';

/** What a step does each time it is run, until it succeeds. */
const script = fc.array(fc.constantFrom('retry', 'park', 'fail'), { maxLength: 3 });

it('ends every task done with all of its work, or failed with none of it, whatever its steps do', async () => {
  const scripts = fc.array(script, { minLength: 1, maxLength: 4 });
  await fc.assert(fc.asyncProperty(scripts, ends), { numRuns: often(60) });
});

async function ends(scripts: string[][]): Promise<void> {
  const work = new Set<string>();
  const database = await openInMemory(TASKS);
  const rig = new TaskRig(database, [kindOfScripts(scripts, work)]);
  await rig.start();
  const ended = await rig.settle();
  const fails = scripts.some((acts) => acts.includes('fail'));
  expect(ended?.state).toBe(fails ? 'failed' : 'done');
  expect(work.size).toBe(fails ? 0 : scripts.length);
  await database.close();
}

const kindOfScripts = (scripts: string[][], work: Set<string>): TaskKind =>
  kindOf(...scripts.map((acts, index) => scripted(`s${index}`, [...acts], work)));

function scripted(name: string, acts: string[], work: Set<string>): TaskStep {
  const run = async () => {
    const act = acts.shift();
    work.add(name);
    if (act === 'retry') throw unavailable('later');
    if (act === 'fail') throw new Error('never');
    return act === 'park' ? park('2030-01-01T00:00:01.000Z') : name;
  };
  return step(name, run, async () => void work.delete(name));
}
