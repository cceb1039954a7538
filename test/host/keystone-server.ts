import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { exec, start } from '#kernel/exec.ts';
import { freePort } from '#test/support/real-cloud.ts';
import { until } from '#test/support/until.ts';

const configText = (root: string): string => `[database]
connection = sqlite:///${root}/keystone.db
[token]
provider = fernet
[fernet_tokens]
key_repository = ${root}/keys
[fernet_receipts]
key_repository = ${root}/keys
[credential]
key_repository = ${root}/keys
`;

/** Keystone writes while it reads by another connection, upon which SQLite says that it is locked unless it keeps a log. */
function letReadersBe(path: string): void {
  using database = new DatabaseSync(path);
  database.exec('pragma journal_mode = wal');
}

/** Debian's Keystone on SQLite, as its own `bootstrap` leaves it. */
export class KeystoneServer implements AsyncDisposable {
  static readonly password = 'of the administrator';
  readonly url: string;
  readonly #root: string;
  readonly #daemon: ChildProcess;

  private constructor(root: string, url: string, daemon: ChildProcess) {
    this.#root = root;
    this.url = url;
    this.#daemon = daemon;
  }

  static async start(): Promise<KeystoneServer> {
    const root = await mkdtemp(join(tmpdir(), 'keystone-'));
    const port = await freePort('127.0.0.1');
    const url = `http://127.0.0.1:${port}`;
    const config = join(root, 'keystone.conf');
    await mkdir(join(root, 'keys'), { mode: 0o700 });
    await writeFile(config, configText(root));
    const manage = (...argv: string[]) =>
      exec('/usr/bin/keystone-manage', ['--config-file', config, ...argv], { timeout: 180_000 });
    await manage('db_sync');
    letReadersBe(join(root, 'keystone.db'));
    await manage('fernet_setup', '--keystone-user', 'root', '--keystone-group', 'root');
    const endpoints = ['public', 'internal'].flatMap((name) => [`--bootstrap-${name}-url`, `${url}/v3`]);
    const password = ['--bootstrap-password', KeystoneServer.password];
    await manage('bootstrap', ...password, ...endpoints, '--bootstrap-region-id', 'RegionOne');
    const log = await open(join(root, 'log'), 'w');
    const daemon = start('/usr/bin/keystone-wsgi-public', ['--host', '127.0.0.1', '--port', String(port)], {
      stdio: ['ignore', log.fd, log.fd],
      env: { PATH: '/usr/bin:/bin', OS_KEYSTONE_CONFIG_DIR: root, OS_KEYSTONE_CONFIG_FILES: 'keystone.conf' },
    });
    await once(daemon, 'spawn');
    await log.close();
    const server = new KeystoneServer(root, url, daemon);
    try {
      const answers = async () => (await fetch(`${url}/v3`)).ok;
      await until('Keystone answers', answers, { everyMs: 200, limitMs: 60_000 });
    } catch (cause) {
      const said = (await readFile(join(root, 'log'), 'utf8')).slice(-2_000);
      await server[Symbol.asyncDispose]();
      throw new Error(`Keystone does not start:\n${said}`, { cause });
    }
    return server;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#daemon.exitCode === null && this.#daemon.kill('SIGTERM')) await once(this.#daemon, 'exit');
    await rm(this.#root, { recursive: true, force: true });
  }
}
