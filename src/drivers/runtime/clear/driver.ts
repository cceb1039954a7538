import { ConmonRuntime, type ConmonOptions } from '../conmon/driver.ts';
import { ClearEngine, type ClearEngineOptions } from './engine.ts';

/** Containers, each in a machine of its own. */
export class ClearRuntime extends ConmonRuntime {
  constructor(options: ConmonOptions & ClearEngineOptions) {
    super(new ClearEngine(options), options);
  }
}
