import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { tmpdir } from 'node:os';
import { createInterface } from 'node:readline';
import type { ChildProcess } from 'node:child_process';
import { Client } from 'pg';
import { exec, start } from '#kernel/exec.ts';

const INSTALLED = '/usr/lib/postgresql';

/** A real PostgreSQL of the test's own: on a socket in a folder of its own, without a port, gone with the test. */
export class TestPostgres {
  readonly #folder: string;
  readonly #server: ChildProcess;
  #schemas = 0;

  private constructor(folder: string, server: ChildProcess) {
    this.#folder = folder;
    this.#server = server;
  }

  static async start(): Promise<TestPostgres> {
    const bin = await findBin();
    const folder = await mkdtemp(join(tmpdir(), 'hydria-pg-'));
    if (isRoot()) await exec('chown', ['postgres:', folder]);
    const data = join(folder, 'data');
    const initdb = ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync'];
    const [command, ...args] = asPostgres(join(bin, 'initdb'), ...initdb);
    await exec(command, args, { cwd: folder });
    return new TestPostgres(folder, await serve(bin, data, folder));
  }

  /** The URL of an empty schema that nobody else uses. */
  async newSchema(): Promise<string> {
    const schema = `spec${++this.#schemas}`;
    const client = new Client({ connectionString: this.#url('') });
    await client.connect();
    await client.query(`create schema ${schema}`);
    await client.end();
    return this.#url(`&options=-c%20search_path%3D${schema}`);
  }

  async stop(): Promise<void> {
    const exited = once(this.#server, 'exit');
    this.#server.kill('SIGTERM'); // wait for connections that are about to close, then shut down
    await exited;
    await rm(this.#folder, { recursive: true, force: true });
  }

  #url(options: string): string {
    return `postgresql:///postgres?host=${this.#folder}&user=postgres${options}`;
  }
}

async function serve(bin: string, data: string, folder: string): Promise<ChildProcess> {
  const settings = ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off', 'listen_addresses='];
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
