import { badRequest, CloudError } from '#kernel/errors.ts';
import { exec, ExecError } from '#kernel/exec.ts';
import type { ProcessTable } from '../driver.ts';

/**
 * The host's ps(1), less what is not the workload's. Pids are the host's, as in `docker top`.
 * @throws CloudError `bad-request` for options that ps does not know or that leave the pid out.
 */
export async function listProcesses(pids: readonly number[], psArgs: string | null): Promise<ProcessTable> {
  const args = (psArgs ?? '-ef').trim().split(/\s+/);
  const { stdout } = await exec('ps', args, { okCodes: [0] }).catch((thrown: unknown) => {
    throw thrown instanceof ExecError
      ? badRequest(`ps: ${firstLine(thrown.stderr)}`, { cause: thrown })
      : thrown;
  });
  return parsePs(stdout, new Set(pids));
}

/** The last column takes the rest of the line, since commands have spaces. */
export function parsePs(output: string, pids: ReadonlySet<number>): ProcessTable {
  const [head = '', ...lines] = output.split('\n').filter((line) => line.trim() !== '');
  const titles = head.trim().split(/\s+/);
  const pidColumn = titles.indexOf('PID');
  if (pidColumn < 0) throw new CloudError('bad-request', "Couldn't find PID field in ps output");
  const processes = lines
    .map((line) => cells(line, titles.length))
    .filter((row) => pids.has(Number(row[pidColumn])));
  return { titles, processes };
}

function cells(line: string, columns: number): readonly string[] {
  const words = line.trim().split(/\s+/);
  return [...words.slice(0, columns - 1), words.slice(columns - 1).join(' ')];
}

const firstLine = (text: string): string =>
  text
    .split('\n')
    .find((line) => line.trim() !== '')
    ?.trim() ?? 'failed';
