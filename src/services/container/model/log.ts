import { badRequest } from '#kernel/errors.ts';
import type { WorkloadLog } from '#drivers/runtime/driver.ts';
import type { CreateContainerBody } from '../schema/container.ts';

const UNITS: Readonly<Record<string, number>> = { k: 2 ** 10, m: 2 ** 20, g: 2 ** 30 };
/** Below that, the runtimes cannot tell one file from the next. */
const LEAST_BYTES = 2 ** 20;
const MOST_BYTES = 2 ** 40;
const MOST_FILES = 10;

/** @throws CloudError `bad-request` for sizes and numbers that cannot be, and for both of a log that is none. */
export function readLog(body: CreateContainerBody['log']): { readonly log?: Partial<WorkloadLog> } {
  if (!body) return {};
  const { driver = 'file', max_size, max_files } = body;
  if (driver === 'none' && (max_size !== undefined || max_files !== undefined))
    throw badRequest('Invalid input for field log: with driver none there is nothing to measure.');
  return {
    log: {
      ...(driver === 'none' && { silent: true }),
      ...(max_size !== undefined && { maxBytes: readSize(max_size) }),
      ...(max_files !== undefined && { maxFiles: readFiles(Number(max_files)) }),
    },
  };
}

function readSize(given: string | number): number {
  const text = String(given).toLowerCase();
  const bytes = Number.parseInt(text, 10) * (UNITS[text.at(-1) ?? ''] ?? 1);
  if (bytes >= LEAST_BYTES && bytes <= MOST_BYTES) return bytes;
  throw badRequest('Invalid input for field log: max_size is not between 1m and 1024g.');
}

function readFiles(files: number): number {
  if (files >= 1 && files <= MOST_FILES) return files;
  throw badRequest(`Invalid input for field log: max_files is not between 1 and ${MOST_FILES}.`);
}
