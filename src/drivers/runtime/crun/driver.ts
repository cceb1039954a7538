import { ConmonRuntime, type ConmonOptions } from '../conmon/driver.ts';
import { CrunEngine } from './engine.ts';

/** Containers by crun, conmon and overlayfs. */
export class CrunRuntime extends ConmonRuntime {
  constructor(options: ConmonOptions) {
    super(new CrunEngine(), options);
  }
}
