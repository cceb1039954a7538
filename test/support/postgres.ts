import { rmSync } from 'node:fs';
import { mkdtemp, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { tmpdir } from 'node:os';
import { createInterface } from 'node:readline';
import type { ChildProcess } from 'node:child_process';
import { Client } from 'pg';
import { exec, start } from '#kernel/exec.ts';

const INSTALLED = '/usr/lib/postgresql';

let server: Promise<TestPostgres> | undefined;

/** The URL of an empty schema, that nobody else uses, on a real PostgreSQL. This process starts one when it first asks, and takes it along. */
export async function newPostgres(): Promise<string> {
  server ??= TestPostgres.start();
  return (await server).newSchema();
}

/** On a socket in a folder of its own, without a port. */
class TestPostgres {
  readonly #folder: string;
  #schemas = 0;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  static async start(): Promise<TestPostgres> {
    const bin = await findBin();
    const folder = await mkdtemp(join(tmpdir(), 'hydria-pg-'));
    if (isRoot()) await exec('chown', ['postgres:', folder]);
    const data = join(folder, 'data');
    const initdb = ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync'];
    const [command, ...args] = asPostgres(join(bin, 'initdb'), ...initdb);
    await exec(command, args, { cwd: folder });
    endWithUs(await serve(bin, data, folder), folder);
    return new TestPostgres(folder);
  }

  async newSchema(): Promise<string> {
    const schema = `spec${++this.#schemas}`;
    const client = new Client({ connectionString: this.#url('') });
    await client.connect();
    await client.query(`create schema ${schema}`);
    await client.end();
    return this.#url(`&options=-c%20search_path%3D${schema}`);
  }

  #url(options: string): string {
    return `postgresql:///postgres?host=${this.#folder}&user=postgres${options}`;
  }
}

/** Vitest ends its workers by a signal. */
function endWithUs(child: ChildProcess, folder: string): void {
  process.once('SIGTERM', () => {
    child.once('exit', () => {
      rmSync(folder, { recursive: true, force: true });
      process.kill(process.pid, 'SIGTERM');
    });
    child.kill('SIGQUIT'); // nobody will read what it would still write
  });
}

async function serve(bin: string, data: string, folder: string): Promise<ChildProcess> {
  const careless = ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off', 'autovacuum=off'];
  const settings = [...careless, 'listen_addresses='];
  const server = [join(bin, 'postgres'), '-D', data, '-k', folder, ...settings.flatMap((s) => ['-c', s])];
  const [command, ...args] = asPostgres(...server);
  const child = start(command, args, { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
  const said: string[] = [];
  if (!child.stderr) throw new Error('The server was started without a log.');
  for await (const line of createInterface({ input: child.stderr })) {
    said.push(line);
    if (!line.includes('ready to accept connections')) continue;
    child.stderr.resume();
    return child;
  }
  throw new Error(`PostgreSQL did not start: ${said.join('\n')}`);
}

/** PostgreSQL refuses to run as root. Its server dies with this process, however that ends. */
function asPostgres(...command: string[]): [string, ...string[]] {
  const drop = ['--reuid=postgres', '--regid=postgres', '--clear-groups'];
  return ['setpriv', ...(isRoot() ? drop : []), '--pdeathsig=INT', '--', ...command];
}

const isRoot = () => process.getuid?.() === 0;

async function findBin(): Promise<string> {
  const versions = await readdir(INSTALLED).catch(() => []);
  const newest = versions.toSorted((a, b) => Number(b) - Number(a))[0];
  if (newest === undefined)
    throw new Error('PostgreSQL is not installed. `./hydria test` installs what the tests need.');
  return join(INSTALLED, newest, 'bin');
}
