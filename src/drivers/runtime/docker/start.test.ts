import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Engine } from './engine.ts';
import { startContainer } from './start.ts';

const DEAD = 'OCI runtime start failed: container process is already dead: unknown';

describe('starting a container', () => {
  let folder: string;
  let dockerd: Server;
  let refusals: string[];
  let asked: string[];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'dockerd-'));
    asked = [];
    dockerd = createServer((request, response) => {
      asked.push(`${request.method} ${request.url}`);
      const message = refusals.shift();
      if (message === undefined) response.writeHead(204).end();
      else response.writeHead(500, { 'content-type': 'application/json' }).end(JSON.stringify({ message }));
    });
    await once(dockerd.listen(join(folder, 'socket')), 'listening');
  });

  afterEach(async () => {
    dockerd.close();
    await rm(folder, { recursive: true });
  });

  const start = () => startContainer(new Engine(join(folder, 'socket')), 'one');

  it('is tried again where its process died before anything of it ran', async () => {
    refusals = [DEAD, 'cannot start a stopped process: unknown'];
    await start();
    expect(asked).toEqual(Array.from({ length: 3 }, () => 'POST /containers/one/start'));
  });

  it('is not tried for ever', async () => {
    refusals = [DEAD, DEAD, DEAD, DEAD];
    await expect(start()).rejects.toMatchObject({ kind: 'internal', message: DEAD });
    expect(refusals).toEqual([DEAD]);
  });

  it('is tried once where Docker refuses', async () => {
    refusals = ['exec: "nothing": executable file not found in $PATH'];
    await expect(start()).rejects.toThrow('exec: "nothing"');
    expect(asked).toHaveLength(1);
  });
});
