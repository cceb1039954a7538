import { Agent, request } from 'node:http';
import { json } from 'node:stream/consumers';
import { exec } from '#kernel/exec.ts';
import { wide, type Load } from './stats.ts';

export interface Requests {
  readonly url: string;
  readonly method: 'GET' | 'POST';
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly count: number;
  readonly width: number;
}

/** Sends the requests from a process of its own, so that the caller's work and the server's do not mix with it. */
export async function load(requests: Requests): Promise<Load> {
  const input = JSON.stringify(requests);
  const { stdout } = await exec(process.execPath, [import.meta.filename], { input, timeout: 120_000 });
  return JSON.parse(stdout) as Load;
}

/** The least client there can be: connections that stay, bodies thrown away. */
async function send(requests: Requests): Promise<Load> {
  const agent = new Agent({ keepAlive: true, maxSockets: requests.width });
  const result = await wide(requests.count, requests.width, () => once(requests, agent));
  agent.destroy();
  return result;
}

function once({ url, method, headers, body }: Requests, agent: Agent): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const call = request(url, { method, headers, agent }, (response) => {
    const isGood = (response.statusCode ?? 500) < 300;
    response
      .resume()
      .on('end', () => (isGood ? resolve() : reject(new Error(`status ${response.statusCode}`))));
  });
  call.on('error', reject).end(body);
  return promise;
}

if (import.meta.main) console.log(JSON.stringify(await send((await json(process.stdin)) as Requests)));
