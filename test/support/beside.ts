import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RemoteConfig } from '#kernel/config.ts';
import { Database } from '#kernel/db/database.ts';
import { newUuid } from '#kernel/ids.ts';
import { composeCloud, type Cloud } from '#src/compose.ts';
import { callsTo, type TestApi } from './api.ts';
import { ManualClock } from './manual-clock.ts';
import { Secrecy } from './secrecy.ts';

/** The container service alone, beside another cloud that has everything else. */
export class Beside implements AsyncDisposable {
  readonly call: TestApi['call'];
  readonly cloud: Cloud;
  readonly clock: ManualClock;
  readonly #database = Database.open({ kind: 'sqlite', path: ':memory:' });
  readonly #directory = join(tmpdir(), `beside-${newUuid()}`);

  constructor(remote: RemoteConfig, remotePassword: string) {
    const secrecy = new Secrecy();
    this.clock = new ManualClock(new Date().toISOString());
    const key = Buffer.alloc(32, 3).toString('base64url');
    this.cloud = composeCloud({
      config: {
        http: { host: '', port: 0, publicUrl: 'http://containers.test' },
        region: 'RegionOne',
        remote,
      },
      secrets: {
        adminPassword: 'never asked for',
        tokenKeys: [key],
        masterKeys: [key],
        remotePassword,
      },
      database: this.#database,
      directory: this.#directory,
      dashboard: join(this.#directory, 'dashboard'),
      clock: this.clock,
      log: secrecy.log,
    });
    this.call = callsTo(this.cloud.http, secrecy);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.cloud.stop();
    await this.#database.close();
    await rm(this.#directory, { recursive: true, force: true });
  }
}
