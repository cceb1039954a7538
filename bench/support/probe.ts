import { once } from 'node:events';
import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { setInterval } from 'node:timers/promises';
import { timed, type Samples } from './stats.ts';

const EVERY_MS = 20;

/** How long others wait for an answer while `work` goes on: asked from a process of its own, fifty times a second. */
export async function askedDuring(url: string, work: () => Promise<unknown>): Promise<Samples> {
  const probe = spawn(process.execPath, [import.meta.filename, url], { stdio: ['pipe', 'pipe', 'inherit'] });
  const samples = text(probe.stdout);
  try {
    await work();
  } finally {
    probe.stdin.end();
    await once(probe, 'exit');
  }
  return JSON.parse(await samples) as Samples;
}

async function ask(url: string): Promise<Samples> {
  const stop = new AbortController();
  process.stdin.resume().on('end', () => stop.abort());
  const samples: number[] = [];
  for await (const _ of setInterval(EVERY_MS)) {
    if (stop.signal.aborted) break;
    samples.push(await timed(async () => (await fetch(url)).arrayBuffer()));
  }
  return samples;
}

if (import.meta.main) console.log(JSON.stringify(await ask(process.argv[2] ?? '')));
