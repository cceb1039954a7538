import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Sessions } from './sessions.ts';

const SCRIPT = `
while read -r line; do case "$line" in
  end-of-order) echo "the end" >&2 ;;
  good) ;;
  die) echo "dying" >&2; exit 3 ;;
  who) echo "$$" >&2 ;;
  *) echo "no $line" >&2 ;;
esac; done`;

describe('sessions', () => {
  let sessions: Sessions;

  beforeEach(() => {
    sessions = new Sessions({ argv: ['sh', '-c', SCRIPT], ending: /^the end\n/m });
  });

  afterEach(() => sessions.close());

  const run = (...lines: string[]) => sessions.run('a', [], lines);

  it('says nothing of what went well', async () => {
    expect(await run('good', 'good')).toBe('');
    expect(await run()).toBe('');
  });

  it('tells every complaint of an order and none of another', async () => {
    const answers = await Promise.all([run('bad', 'good', 'worse'), run('good'), run('ugly')]);
    expect(answers).toEqual(['no bad\nno worse\nthe end\n', '', 'no ugly\nthe end\n']);
  });

  it('begins anew after a complaint, which may be of an old view', async () => {
    const [first, second] = [await run('who'), await run('who')];
    expect(first).toMatch(/^\d+\nthe end\n$/);
    expect(second).not.toBe(first);
  });

  it('fails the order in which it dies, with its last words, and no other', async () => {
    const answers = await Promise.allSettled([run('good'), run('die'), run('good')]);
    expect(answers.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    await expect(run('die')).rejects.toThrow('dying');
  });

  it('says that a program cannot be started', async () => {
    await expect(sessions.run('b', ['no-such-program'], ['good'])).rejects.toThrow('no-such-program');
  });

  it('carries on after it was ended', async () => {
    await run('good');
    await sessions.end('a');
    expect(await run('good')).toBe('');
  });
});
