import { afterAll } from 'vitest';
import { runtimeContract } from '#drivers/runtime/contract.ts';
import { ClearMachine, removeTemplates } from './runtime-clear-machine.ts';

afterAll(removeTemplates);

runtimeContract('clear', () => ClearMachine.make());
