import { PullingMachine } from './registry-lab.ts';

/** Pulls an image in a process of its own, which is there to be killed. */
const [directory = '', memory = '', address = ''] = process.argv.slice(2);
const machine = PullingMachine.at({ directory, memory }, [{ domain: address, insecure: true }]);
const reference = `${address}/app:1`;
const digest = await machine.puller.resolve({ reference, login: null });
await machine.layers.ensureFrom(
  'app',
  machine.puller.source(reference, digest, async () => null),
);
