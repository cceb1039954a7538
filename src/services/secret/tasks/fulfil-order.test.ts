import { expect, it } from 'vitest';
import { systemClock } from '#kernel/clock.ts';
import { systemCtx, type Ctx } from '#kernel/context.ts';
import type { Database } from '#kernel/db/database.ts';
import { silentLogger } from '#kernel/log.ts';
import { Policy } from '#kernel/policy/policy.ts';
import { init as createTasks } from '#kernel/tasks/migrations/0001-init.ts';
import type { TaskRunner } from '#kernel/tasks/runner.ts';
import type { TaskKind } from '#kernel/tasks/task.ts';
import { createVault } from '#kernel/vault/migrations/0001-vault.ts';
import { EnvelopeVault } from '#kernel/vault/vault.ts';
import { crashEverywhere, type World } from '#test/support/crash-everywhere.ts';
import { openInMemory } from '#test/support/databases.ts';
import { createSecrets } from '../migrations/0001-secrets.ts';
import { orderTarget } from '../model/order.ts';
import { secretPolicy } from '../policy.ts';
import { Authorities } from '../service/authorities.ts';
import type { TaskDeps } from '../service/deps.ts';
import { OrderService } from '../service/orders.ts';
import type { SecretTables } from '../tables.ts';
import { fulfilOrder } from './fulfil-order.ts';

const SCHEMAS = [
  { name: 'tasks', migrations: [createTasks] },
  { name: 'vault', migrations: [createVault] },
  { name: 'secret', migrations: [createSecrets] },
];

/** A project in which a pair of keys is ordered. */
class OrderWorld implements World {
  readonly database: Database;
  readonly kind: TaskKind;
  readonly #deps: TaskDeps;

  constructor(database: Database) {
    this.database = database;
    const vault = new EnvelopeVault({ database, masterKeys: [Buffer.alloc(32, 1)] });
    const kit = { database, vault, policy: new Policy(secretPolicy), clock: systemClock };
    this.#deps = { ...kit, authorities: new Authorities(kit) };
    this.kind = fulfilOrder(this.#deps);
  }

  async start(tasks: TaskRunner): Promise<string> {
    const meta = { algorithm: 'ec', bit_length: 256 };
    const orders = new OrderService({ ...this.#deps, tasks });
    return orderTarget((await orders.create(this.#ctx(), { type: 'asymmetric', meta, passphrase: 'p' })).id);
  }

  async assertDone(): Promise<void> {
    expect(await this.#held()).toEqual({ order: 'ACTIVE', secrets: 3, containers: 1 });
  }

  async assertClean(): Promise<void> {
    expect(await this.#held()).toEqual({ order: 'ERROR', secrets: 0, containers: 0 });
  }

  close(): Promise<void> {
    return this.database.close();
  }

  async #held() {
    const db = this.database.handle<SecretTables>();
    const [order] = await db.selectFrom('secret_order').selectAll().execute();
    expect(order?.sealed_passphrase).toBeNull();
    expect((order?.container_id ?? null) === null).toBe(order?.status === 'ERROR');
    const secrets = await db.selectFrom('secret').select('id').execute();
    const containers = await db.selectFrom('secret_container').select('id').execute();
    return { order: order?.status, secrets: secrets.length, containers: containers.length };
  }

  #ctx(): Ctx {
    const project = { id: 'p1', name: 'p1', domain: { id: 'default', name: 'Default' } };
    return { ...systemCtx('req-1', { clock: systemClock, log: silentLogger }), project };
  }
}

it('leaves all that was ordered, or an order in ERROR and nothing else, whenever it crashes', async () => {
  await crashEverywhere(async () => new OrderWorld(await openInMemory(...SCHEMAS)));
});
