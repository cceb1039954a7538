import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import Fastify from 'fastify';
import { start } from '#kernel/exec.ts';

/** A server that does nothing but answer every request with the same bytes: the upper bound of ours. */
export async function startBareFastify(body: string): Promise<{ url: string; server: ChildProcess }> {
  const server = start(process.execPath, [import.meta.filename], { stdio: ['pipe', 'pipe', 'inherit'] });
  server.stdin?.end(body);
  const [line] = (await once(server.stdout ?? server, 'data')) as [Buffer];
  return { url: line.toString().trim(), server };
}

async function serve(): Promise<void> {
  const body = await text(process.stdin);
  const app = Fastify({ logger: false });
  app.get('/', (_request, reply) => reply.type('application/json').send(body));
  console.log(await app.listen({ host: '127.0.0.1', port: 0 }));
}

if (import.meta.main) await serve();
