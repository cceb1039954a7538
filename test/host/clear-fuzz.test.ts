import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { exec } from '#kernel/exec.ts';
import { often } from '#test/support/often.ts';

/** Both ends of the agent's port, built with sanitizers: what they hear is random, and damaged, but the same at each run. */
const AGENT = join(import.meta.dirname, '../../src/drivers/runtime/clear/agent');
const FLAGS = ['-std=c17', '-g', '-O1', '-fsanitize=address,undefined', '-fno-sanitize-recover=all'];
const ENDS = ['GUEST', 'SHIM'] as const;
const FRAMES = '50000';
const MOST_RESIDENT_KIB = 512 * 1024;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hydria-test-'));
  for (const end of ENDS) {
    const source = join(import.meta.dirname, 'clear-fuzz.c');
    await exec('gcc', [...FLAGS, `-D${end}`, '-w', '-I', AGENT, '-o', join(folder, end), source]);
  }
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const seeds = Array.from({ length: often(2) }, (_, index) => index + 1);

it.each(ENDS.flatMap((end) => seeds.map((seed) => [end, seed] as const)))(
  'the %s hears anything without a fault, a leak or memory without end, seed %i',
  async (end, seed) => {
    const limit = `hard_rss_limit_mb=${MOST_RESIDENT_KIB / 1024}:detect_leaks=1`;
    const { stderr } = await exec(join(folder, end), [String(seed), FRAMES], {
      env: { ASAN_OPTIONS: limit },
      timeout: 60_000,
    });
    expect(stderr).toBe('');
  },
);
