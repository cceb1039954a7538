import { CloudError } from '#kernel/errors.ts';
import type { RuntimeHandle, WorkloadSpec } from '../driver.ts';

const VERSION = 1;

/** What the verbs need to know of the spec; all else lies on disk under the id. */
export interface HandleData {
  readonly id: string;
  readonly stopSignal: string;
  readonly tty: boolean;
  readonly stdin: boolean;
  readonly stdinOnce: boolean;
  readonly maxLogBytes: number;
  /** Null = as many as the driver keeps. */
  readonly maxLogFiles: number | null;
  readonly silent: boolean;
}

export const handleOf = (runtime: string, spec: WorkloadSpec): RuntimeHandle => ({
  runtime,
  id: spec.id,
  version: VERSION,
  data: {
    stopSignal: spec.stopSignal,
    tty: spec.tty,
    stdin: spec.stdin,
    stdinOnce: spec.stdinOnce ?? false,
    maxLogBytes: spec.log.maxBytes,
    ...(spec.log.maxFiles !== undefined && { maxLogFiles: spec.log.maxFiles }),
    silent: spec.log.silent ?? false,
  },
});

/** @throws CloudError `internal` for a handle of another driver or of a newer release. */
export function readHandle(runtime: string, handle: RuntimeHandle): HandleData {
  if (handle.runtime !== runtime || handle.version !== VERSION)
    throw new CloudError(
      'internal',
      `${runtime} cannot use a handle of ${handle.runtime}, version ${handle.version}.`,
    );
  const { stopSignal, tty, stdin, stdinOnce, maxLogBytes, maxLogFiles, silent } = handle.data;
  return {
    id: handle.id,
    stopSignal: String(stopSignal),
    tty: tty === true,
    stdin: stdin === true,
    stdinOnce: stdinOnce === true,
    maxLogBytes: Number(maxLogBytes),
    maxLogFiles: typeof maxLogFiles === 'number' ? maxLogFiles : null,
    silent: silent === true,
  };
}
