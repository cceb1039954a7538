import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { exec } from '#kernel/exec.ts';

const FLAGS = ['-std=c17', '-Os', '-static', '-s', '-Wall', '-Wextra', '-Werror'];

/**
 * The agent's program for this machine, built once per state of its sources.
 * @returns its path below `directory`
 */
export async function buildAgent(directory: string): Promise<string> {
  const names = (await readdir(import.meta.dirname)).filter((name) => /\.[ch]$/.test(name)).toSorted();
  const hash = createHash('sha256').update(FLAGS.join(' '));
  for (const name of names) hash.update(await readFile(join(import.meta.dirname, name)));
  const program = join(directory, `agent-${hash.digest('hex').slice(0, 16)}`);
  if (existsSync(program)) return program;
  await mkdir(directory, { recursive: true, mode: 0o711 });
  const draft = await mkdtemp(join(directory, 'agent-draft-'));
  try {
    const sources = names
      .filter((name) => name.endsWith('.c'))
      .map((name) => join(import.meta.dirname, name));
    await exec('gcc', [...FLAGS, '-o', join(draft, 'agent'), ...sources], { timeout: 120_000 });
    await rename(join(draft, 'agent'), program);
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
  return program;
}
