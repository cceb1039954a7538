import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Linux, Documentation/admin-guide/mm/ksm.rst. */
const KSM = '/sys/kernel/mm/ksm';
const PAGE = 4096;
const MIB = 2 ** 20;

/** Has the host's kernel look for equal pages, those of machines among them. Whoever else lets it look is served, too. */
export async function startMerging(): Promise<void> {
  const run = join(KSM, 'run');
  if (existsSync(run) && (await readFile(run, 'utf8')).trim() === '0') await writeFile(run, '1');
}

/** In words: whether pages are merged, and what that saves now. */
export async function describeMerging(isWanted: boolean): Promise<string> {
  if (!isWanted) return 'off';
  if (!existsSync(KSM)) return 'not in this kernel';
  const pages = Number(await readFile(join(KSM, 'pages_sharing'), 'utf8'));
  return `on, ${Math.round((pages * PAGE) / MIB)} MiB saved`;
}
