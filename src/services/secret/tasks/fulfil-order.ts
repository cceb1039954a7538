import { isoTime } from '#kernel/clock.ts';
import { CloudError } from '#kernel/errors.ts';
import { statusOf } from '#kernel/http/faults.ts';
import { nameUuid } from '#kernel/ids.ts';
import type { TaskKind, TaskRun, TaskStep } from '#kernel/tasks/task.ts';
import { barbicanFaults } from '../faults.ts';
import { OPEN_TO_PROJECT } from '../model/access.ts';
import type { Container, Member } from '../model/container.ts';
import { passphraseOf, type Order } from '../model/order.ts';
import { orderNotFound } from '../model/refs.ts';
import { sealedFor, type Secret } from '../model/secret.ts';
import type { TaskDeps } from '../service/deps.ts';
import { containerStore } from '../store/containers.ts';
import { orderStore } from '../store/orders.ts';
import { quotaStore } from '../store/quotas.ts';
import { secretStore } from '../store/secrets.ts';
import type { SecretTables } from '../tables.ts';
import { certify } from './certify.ts';
import { keyProduct, pairProducts, type Product } from './products.ts';

export const FULFIL_ORDER = 'secret.fulfil-order';

interface Input {
  readonly id: string;
}

type Run = TaskRun<Input>;

/** Everything that an order makes, ready to be written. */
interface Delivery {
  readonly order: Order;
  readonly secrets: readonly { readonly secret: Secret; readonly sealed: string }[];
  readonly container: Container | null;
}

/**
 * Makes what was ordered. Secrets and container become visible in the transaction in which the order becomes ACTIVE, under
 * ids that derive from the order's: all of it is there once, or nothing.
 */
export const fulfilOrder = (deps: TaskDeps): TaskKind<Input> => ({
  kind: FULFIL_ORDER,
  deadline: 600,
  steps: [deliver(deps)],
  failed: (run, error) => fail(deps, run, error),
});

const deliver = (deps: TaskDeps): TaskStep<Input> => ({
  name: 'deliver',
  async run(run) {
    const order = await orderStore.find(deps.database.handle<SecretTables>(), run.input.id);
    if (!order) throw orderNotFound();
    if (order.status !== 'PENDING') return;
    await write(deps, await prepare(deps, run, order));
  },
  undo: ({ input }) => takeBack(deps, input.id),
});

async function prepare(deps: TaskDeps, run: Run, order: Order): Promise<Delivery> {
  const { products, members: present } = await make(deps, run, order);
  const secrets = await Promise.all(products.map((product) => sealProduct(deps, order, product)));
  const members = products.map(({ role }): Member => ({ name: role, secretId: nameUuid(order.id, role) }));
  const container = order.type === 'key' ? null : containerOf(deps, order, [...present, ...members]);
  const active: Order = {
    ...order,
    status: 'ACTIVE',
    sealedPassphrase: null,
    secretId: order.type === 'key' ? (secrets[0]?.secret.id ?? null) : null,
    containerId: container?.id ?? null,
    updatedAt: isoTime(deps.clock.now()),
  };
  return { order: active, secrets, container };
}

/** New secrets, and secrets that are there and belong into the container with them. */
async function make(
  deps: TaskDeps,
  run: Run,
  order: Order,
): Promise<{ products: readonly Product[]; members: readonly Member[] }> {
  if (order.type === 'key') return { products: [keyProduct(order.meta)], members: [] };
  if (order.type === 'certificate') return certify(deps, run.ctx, order);
  const { sealedPassphrase: sealed, projectId } = order;
  const passphrase = sealed && (await deps.vault.open(projectId, sealed, passphraseOf(order))).toString();
  return { products: await pairProducts(order.meta, passphrase), members: [] };
}

async function sealProduct(deps: TaskDeps, order: Order, product: Product) {
  const { meta, projectId, creatorId } = order;
  const now = isoTime(deps.clock.now());
  const secret: Secret = {
    id: nameUuid(order.id, product.role),
    projectId,
    creatorId,
    name: meta.name ?? null,
    type: product.type,
    algorithm: meta.algorithm ?? null,
    bitLength: meta.bit_length ?? null,
    mode: meta.mode ?? null,
    expiration: meta.expiration ?? null,
    contentType: product.contentType,
    acl: OPEN_TO_PROJECT,
    createdAt: now,
    updatedAt: now,
  };
  return { secret, sealed: await deps.vault.seal(projectId, product.bytes, sealedFor(secret)) };
}

function containerOf(deps: TaskDeps, order: Order, members: readonly Member[]): Container {
  const now = isoTime(deps.clock.now());
  return {
    id: containerIdOf(order.id),
    projectId: order.projectId,
    creatorId: order.creatorId,
    name: order.meta.name ?? null,
    type: order.type === 'certificate' ? 'certificate' : 'rsa',
    members,
    acl: OPEN_TO_PROJECT,
    createdAt: now,
    updatedAt: now,
  };
}

async function write(deps: TaskDeps, { order, secrets, container }: Delivery): Promise<void> {
  await deps.database.transaction<SecretTables, void>(async (tx) => {
    if (!(await orderStore.settle(tx, order, 'PENDING'))) throw orderNotFound();
    await quotaStore.assertRoom(tx, order.projectId, 'secrets', secrets.length);
    for (const { secret, sealed } of secrets) await secretStore.insert(tx, secret, sealed);
    if (!container) return;
    await quotaStore.assertRoom(tx, order.projectId, 'containers');
    await containerStore.insert(tx, container);
  });
}

const ROLES = [
  'secret',
  'private_key',
  'public_key',
  'private_key_passphrase',
  'certificate',
  'intermediates',
];
const containerIdOf = (orderId: string): string => nameUuid(orderId, 'container');

async function takeBack(deps: TaskDeps, id: string): Promise<void> {
  await deps.database.transaction<SecretTables, void>(async (tx) => {
    await containerStore.delete(tx, containerIdOf(id));
    const ids = ROLES.map((role) => nameUuid(id, role));
    await secretStore.delete(tx, ids);
  });
}

/** Says why; whatever it has been is over. */
async function fail(deps: TaskDeps, { input }: Run, error: Error): Promise<void> {
  const db = deps.database.handle<SecretTables>();
  const order = await orderStore.find(db, input.id);
  if (!order) return;
  const failure = CloudError.from(error);
  const failed: Order = {
    ...order,
    status: 'ERROR',
    error: { status: String(statusOf(failure, barbicanFaults)), reason: failure.message },
    sealedPassphrase: null,
    secretId: null,
    containerId: null,
    updatedAt: isoTime(deps.clock.now()),
  };
  await orderStore.settle(db, failed, order.status);
}
