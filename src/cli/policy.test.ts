import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { parse } from 'yaml';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { policy } from './policy.ts';

const RULES = {
  jar: [
    { name: 'jar:get', check: 'rule:reader', doc: 'Show a jar.' },
    { name: 'jar:break', check: '!', doc: 'Break a jar.' },
  ],
  lid: [{ name: 'lid:get', check: 'rule:reader', doc: 'Show a lid.' }],
};

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hydria-policy-'));
  await writeFile(
    join(directory, 'policy.yaml'),
    '"jar:break": "role:smith and project_id:%(project_id)s"\n',
  );
});
afterEach(() => rm(directory, { recursive: true }));

async function say(...args: string[]) {
  const out = new PassThrough();
  const words = ['--config', join(directory, 'config.yaml'), ...args];
  const code = await policy(words, RULES, { out, err: out });
  return { code, text: String(out.read() ?? '') };
}

it('shows the rules as a policy.yaml that would change nothing', async () => {
  const { text } = await say('show', '--service', 'jar');
  expect(text).toContain('# Show a jar.\n#"jar:get": "rule:reader"\n');
  expect(text).toContain('# Break a jar.\n# Default: !\n"jar:break": ');
  expect(text).not.toContain('lid');
  expect(parse(text)).toEqual({ 'jar:break': 'role:smith and project_id:%(project_id)s' });
  expect((await say('show', 'lid:get')).text).toBe('# Show a lid.\n#"lid:get": "rule:reader"\n\n');
});

it('says whether somebody would be allowed', async () => {
  const ask = (...args: string[]) => say('check', '--rule', 'jar:break', ...args);
  expect(await ask('--role', 'smith,member', '--project', 'p1')).toEqual({
    code: 0,
    text: 'jar:break: allowed\n',
  });
  expect((await ask('--role', 'smith', '--project', 'p1', '--target', 'project_id=p2')).code).toBe(1);
  expect((await ask('--role', 'admin', '--project', 'p1')).text).toBe('jar:break: denied\n');
});

it('says whether the files can be read, and what is doubtful in them', async () => {
  expect(await say('check')).toMatchObject({ code: 0, text: expect.stringContaining('override 1 rules') });
  await writeFile(join(directory, 'policy.yaml'), '"jar:mend": "@"\n');
  expect(await say('check')).toMatchObject({ code: 1, text: expect.stringContaining("'jar:mend'") });
  await writeFile(join(directory, 'policy.yaml'), '"jar:get": "role:"or"\n');
  await expect(say('check')).rejects.toThrow('policy.yaml');
});

it.each([
  [['dance']],
  [['show', 'no:such']],
  [['show', '--service', 'none']],
  [['check', '--rule', 'no:such']],
])('refuses %j with a reason', async (args) => {
  await expect(say(...args)).rejects.toThrow(/policy|There is no/);
});
