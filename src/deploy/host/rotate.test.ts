import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Database } from '#kernel/db/database.ts';
import { migrate } from '#kernel/db/migrate.ts';
import { createVault } from '#kernel/vault/migrations/0001-vault.ts';
import type { VaultTables } from '#kernel/vault/tables.ts';
import { EnvelopeVault } from '#kernel/vault/vault.ts';
import { writeWhole } from './files.ts';
import { hostPaths, type HostPaths } from './paths.ts';
import { rotationSteps } from './rotate.ts';
import { getSecrets, newSecrets, secretsText } from './secrets.ts';
import { runSteps } from './steps.ts';

const silent = { begin() {}, end() {}, fail() {} };
const SCOPES = ['p1', 'p2', 'p3'];

let directory: string;
let paths: HostPaths;
let database: Database;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hydria-rotate-'));
  paths = { ...hostPaths(), secrets: join(directory, 'secrets.yaml') };
  await writeWhole(paths.secrets, secretsText(newSecrets()), { mode: 0o600 });
  database = Database.open({ kind: 'sqlite', path: ':memory:' });
  await migrate(database, [{ name: 'vault', migrations: [createVault] }]);
});
afterEach(async () => {
  await database.close();
  await rm(directory, { recursive: true });
});

const keysOf = async () => (await getSecrets(paths)).masterKeys;
const vaultOf = (keys: readonly string[]) =>
  new EnvelopeVault({ database, masterKeys: keys.map((key) => Buffer.from(key, 'base64url')) });

/** Control in a nutshell: it comes up with what the file says, wraps, and answers. */
class Control {
  running = true;
  /** What ends everything at that point, once. */
  crash: 'stop' | 'start' | 'rewrap' | 'answer' | undefined;

  readonly supervisor = {
    watches: async () => this.running,
    logHint: () => 'the log',
    stop: async () => {
      this.running = false;
      this.#perhapsCrash('stop');
    },
    start: async () => {
      this.running = true;
      this.#perhapsCrash('start');
    },
  };

  answers = async (): Promise<void> => {
    const vault = vaultOf(await keysOf());
    if (this.crash === 'rewrap') await this.#rewrapHalf();
    this.#perhapsCrash('rewrap');
    await vault.rewrap();
    this.#perhapsCrash('answer');
  };

  /** As when the process dies after the first of them: the others stay as they were. */
  async #rewrapHalf(): Promise<void> {
    const db = database.handle<VaultTables>();
    const rows = await db.selectFrom('vault_key').selectAll().where('scope', '<>', 'p1').execute();
    await vaultOf(await keysOf()).rewrap();
    for (const { scope, ...row } of rows)
      await db.updateTable('vault_key').set(row).where('scope', '=', scope).execute();
  }

  #perhapsCrash(at: Control['crash']): void {
    if (this.crash !== at) return;
    this.crash = undefined;
    throw new Error('killed');
  }
}

const rotate = (control: Control) =>
  runSteps(rotationSteps({ paths, supervisor: control.supervisor, controlAnswers: control.answers }), silent);

async function seal(): Promise<() => Promise<string[]>> {
  const vault = vaultOf(await keysOf());
  const sealed = await Promise.all(SCOPES.map((scope) => vault.seal(scope, `of ${scope}`, 'c')));
  return async () => {
    const now = vaultOf(await keysOf());
    const opened = SCOPES.map((scope, index) => now.open(scope, sealed[index] ?? '', 'c'));
    return (await Promise.all(opened)).map(String);
  };
}

describe('a rotation', () => {
  it('leaves one new key, which opens everything, in a file as closed as before', async () => {
    const open = await seal();
    const [old] = await keysOf();
    await rotate(new Control());
    const keys = await keysOf();
    expect([keys.length, keys[0] === old]).toEqual([1, false]);
    expect(await open()).toEqual(['of p1', 'of p2', 'of p3']);
    await expect(vaultOf([old ?? '']).open('p1', '', 'c')).rejects.toThrow('master key');
    expect((await stat(paths.secrets)).mode & 0o777).toBe(0o600);
    expect((await getSecrets(paths)).adminPassword).not.toBe('');
  });

  it.each(['stop', 'start', 'rewrap', 'answer'] as const)(
    "cut off at '%s' loses nothing, and the next one goes on with the same key",
    async (crash) => {
      const open = await seal();
      const [old] = await keysOf();
      const control = new Control();
      control.crash = crash;
      await expect(rotate(control)).rejects.toThrow('killed');
      expect(await open()).toEqual(['of p1', 'of p2', 'of p3']);
      const [young] = await keysOf();
      expect(await keysOf()).toEqual([young, old]);
      control.running = true; // as the next `up` makes it
      await rotate(control);
      expect(await keysOf()).toEqual([young]);
      expect(await open()).toEqual(['of p1', 'of p2', 'of p3']);
    },
  );

  it('is refused where no control runs, and changes nothing', async () => {
    const control = new Control();
    control.running = false;
    const before = await keysOf();
    await expect(rotate(control)).rejects.toThrow('control does not run');
    expect(await keysOf()).toEqual(before);
  });
});
