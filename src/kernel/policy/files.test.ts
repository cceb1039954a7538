import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { systemClock } from '#kernel/clock.ts';
import { until } from '#test/support/until.ts';
import { PolicyFiles, readPolicyFiles } from './files.ts';
import { Policy } from './policy.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hydria-policy-'));
});
afterEach(() => rm(directory, { recursive: true }));

const put = async (name: string, text: string) => {
  await mkdir(join(directory, name, '..'), { recursive: true });
  await writeFile(join(directory, name), text);
};

it('reads policy.yaml and then policy.d by name; the last word counts', async () => {
  await put('policy.yaml', '"a": "role:one"\n"b": "role:one"\n');
  await put('policy.d/20-late.yaml', 'b: role:three\n');
  await put('policy.d/10-early.yaml', 'b: role:two\nc: ""\n');
  await put('policy.d/.hidden.yaml', 'a: "!"');
  await put('policy.d/notes.txt', 'a: "!"');
  expect(Object.fromEntries(await readPolicyFiles(directory))).toEqual({
    a: 'role:one',
    b: 'role:three',
    c: '',
  });
});

it('reads oslo.policy’s lists, and nothing where there is nothing', async () => {
  expect((await readPolicyFiles(directory)).size).toBe(0);
  await put('policy.yaml', '# nothing yet\n');
  expect((await readPolicyFiles(directory)).size).toBe(0);
  await put('policy.yaml', 'a: [["role:x", "role:y"], "role:z"]\n');
  expect((await readPolicyFiles(directory)).get('a')).toBe('(role:x and role:y) or role:z');
});

it.each(['a: [', '- a\n- b\n', 'a: 7\n', 'a: {b: c}\n'])('names the file that holds %j', async (text) => {
  await put('policy.d/broken.yaml', text);
  await expect(readPolicyFiles(directory)).rejects.toThrow('broken.yaml');
});

/** A policy that follows the files, and what is logged of it. */
async function follow() {
  const policy = new Policy([{ name: 'thing', check: 'role:one', doc: '' }]);
  const logged: string[] = [];
  const log = pino({ level: 'warn' }, { write: (line: string) => void logged.push(line) });
  const files = new PolicyFiles({ directory, policy, clock: systemClock, log });
  await files.start();
  const check = () => policy.list().find(({ name }) => name === 'thing')?.check;
  const untilCheck = (text: string) => until(`the rule is ${text}`, async () => check() === text);
  return { files, logged, check, untilCheck };
}

it('follows the files as they change, come, move and go', async () => {
  const { files, untilCheck } = await follow();
  await put('policy.yaml', 'thing: role:two\n');
  await untilCheck('role:two');
  await put('policy.d/one.yaml', 'thing: role:three\n');
  await untilCheck('role:three');
  await put('policy.d/one.yaml', 'thing: role:four\n');
  await untilCheck('role:four');
  await put('next', 'thing: role:five\n');
  await rm(join(directory, 'policy.d'), { recursive: true });
  await rename(join(directory, 'next'), join(directory, 'policy.yaml'));
  await untilCheck('role:five');
  await rm(join(directory, 'policy.yaml'));
  await untilCheck('role:one');
  files.stop();
});

it('keeps the last good rules when a file is broken, and says why', async () => {
  await put('policy.yaml', 'thing: role:two\n');
  const { files, logged, check, untilCheck } = await follow();
  await put('policy.yaml', 'thing: role:a or\n');
  await until('it is logged', async () => logged.some((line) => line.includes('ends too early')));
  expect(check()).toBe('role:two');
  await put('policy.yaml', 'thing: role:six\n');
  await untilCheck('role:six');
  files.stop();
});

it('warns of rules that nobody asks for, and does not start with a file that is broken', async () => {
  await put('policy.yaml', 'thnig: role:two\n');
  const { files, logged } = await follow();
  expect(logged.join()).toContain("'thnig' is no rule");
  files.stop();
  await put('policy.yaml', 'thing: [');
  await expect(follow()).rejects.toThrow('policy.yaml');
});
