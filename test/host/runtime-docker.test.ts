import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { runtimeContract } from '#drivers/runtime/contract.ts';
import { DockerDaemon } from './docker-daemon.ts';
import { makeLayer } from './runtime-crun-machine.ts';
import { DockerMachine } from './runtime-docker-machine.ts';

let daemon: DockerDaemon;
let layer: string;

beforeAll(async () => {
  daemon = await DockerDaemon.make();
  layer = join(daemon.root, 'layer');
  await makeLayer(layer);
});

afterAll(async () => {
  await daemon[Symbol.asyncDispose]();
});

runtimeContract('docker', () => DockerMachine.make(daemon, layer));
