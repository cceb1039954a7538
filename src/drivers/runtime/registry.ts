import type { Logger } from '#kernel/log.ts';
import { ClearRuntime } from './clear/driver.ts';
import { CrunRuntime } from './crun/driver.ts';
import { DockerRuntime } from './docker/driver.ts';
import type { RuntimeDriver } from './driver.ts';
import { FakeRuntime } from './fake/driver.ts';

export interface RuntimeOptions {
  /** A folder of the driver's own. */
  readonly base: string;
  readonly log: Logger;
}

/** Every runtime, by the name that a node's configuration uses. */
export const RUNTIMES = {
  clear: (options) => new ClearRuntime(options),
  crun: (options) => new CrunRuntime(options),
  docker: (options) => new DockerRuntime(options),
  fake: () => new FakeRuntime(),
} satisfies Readonly<Record<string, (options: RuntimeOptions) => RuntimeDriver>>;

export type RuntimeName = keyof typeof RUNTIMES;
