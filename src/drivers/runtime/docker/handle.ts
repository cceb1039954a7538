import { badRequest, CloudError } from '#kernel/errors.ts';
import type { RuntimeHandle, WorkloadSpec } from '../driver.ts';

export const RUNTIME = 'docker';
const VERSION = 1;
const ID = /^[0-9A-Za-z][0-9A-Za-z_-]{0,63}$/;

/** Of each container of ours, with the id of its workload. */
export const ID_LABEL = 'hydria.workload';
export const ROLE_LABEL = 'hydria.role';
/** What a container was made from, in short. */
export const MADE_LABEL = 'hydria.made';

/** What Docker calls the things of one workload. */
export interface WorkloadNames {
  readonly workload: string;
  readonly sandbox: string;
  /** The image that keeps what a workload wrote while it is made anew. */
  readonly kept: string;
}

/** @throws CloudError `bad-request` for an id that is no plain name: ids become names and paths. */
export function namesOf(id: string): WorkloadNames {
  if (!ID.test(id)) throw badRequest(`${JSON.stringify(id)} cannot be the id of a workload.`);
  return { workload: `hydria-${id}`, sandbox: `hydria-${id}-net`, kept: `hydria/kept:${id}` };
}

/** What the verbs need to know of the spec; all else Docker knows. */
export interface HandleData {
  readonly id: string;
  readonly stopSignal: string;
  readonly tty: boolean;
  readonly stdin: boolean;
  readonly stdinOnce: boolean;
  readonly netns: string;
  readonly hostname: string;
}

export const handleOf = (spec: WorkloadSpec): RuntimeHandle => {
  const { id, stopSignal, tty, stdin, stdinOnce = false, netns, hostname } = spec;
  const data = { stopSignal, tty, stdin, stdinOnce, netns, hostname };
  return { runtime: RUNTIME, id, version: VERSION, data };
};

/** @throws CloudError `internal` for a handle of another driver or of a newer release. */
export function readHandle({ runtime, id, version, data }: RuntimeHandle): HandleData {
  if (runtime !== RUNTIME || version !== VERSION)
    throw new CloudError('internal', `docker cannot use a handle of ${runtime}, version ${version}.`);
  return {
    id,
    stopSignal: String(data['stopSignal']),
    tty: data['tty'] === true,
    stdin: data['stdin'] === true,
    stdinOnce: data['stdinOnce'] === true,
    netns: String(data['netns']),
    hostname: String(data['hostname']),
  };
}
