import type { HostPaths } from './paths.ts';
import type { Supervisor } from './daemons.ts';
import type { Step } from './steps.ts';
import { cloudSteps, type SeedOptions } from './setup-cloud.ts';
import { fileSteps } from './setup-files.ts';
import { machineSteps } from './setup-machine.ts';

/** What set-up needs from the rest of the program. */
export interface SetupDeps {
  readonly paths: HostPaths;
  readonly supervisor: Supervisor;
  /** Where to listen; undefined = as it is, and on loopback at first. */
  readonly address: string | undefined;
  readonly version: string;
  readonly ensurePki: (directory: string) => Promise<unknown>;
  /** Puts the daemons' modules into the compile cache. */
  readonly compile: () => Promise<void>;
  readonly seed: (options: SeedOptions) => Promise<void>;
}

/** All of `hydria up`, from a bare machine to a cloud that is ready. */
export const setupSteps = (deps: SetupDeps): readonly Step[] => [
  ...machineSteps(deps),
  ...fileSteps(deps),
  ...cloudSteps(deps),
];
