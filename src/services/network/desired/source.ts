import type { Database } from '#kernel/db/database.ts';
import type { DesiredObject, NetworkReport, ObjectKey, Report } from '#node/protocol.ts';
import type { DesiredSource } from '#services/placement/port.ts';
import { networkStore, portRecordStore, routerStore } from '../store/stores.ts';
import type { NetworkDb, NetworkTables, NetworkTx } from '../tables.ts';
import { KINDS } from './changes.ts';
import { loadObjects, presentOn, type LoadContext } from './load.ts';

/** All that this service wants on a node, and what nodes say of it. */
export class NetworkSource implements DesiredSource {
  readonly kinds = KINDS;
  readonly #database: Database;
  readonly #context: () => Promise<LoadContext>;

  constructor(database: Database, context: () => Promise<LoadContext>) {
    this.#database = database;
    this.#context = context;
  }

  async list(host: string): Promise<DesiredObject[]> {
    await this.#database.transaction<NetworkTables, void>((tx) => adoptRouters(tx, host));
    const db = this.#database.handle<NetworkTables>();
    return loadObjects(db, await presentOn(db, host), await this.#context());
  }

  async observed(
    host: string,
    reports: readonly Report[],
    gone: readonly ObjectKey[],
    whole: boolean,
  ): Promise<void> {
    const ours = reports.filter((report): report is NetworkReport => report.kind !== 'container');
    const of = (kind: NetworkReport['kind']) => ours.filter((report) => report.kind === kind);
    await this.#database.transaction<NetworkTables, void>(async (tx) => {
      await observePorts(tx, host, of('port'));
      await setPortsDown(
        tx,
        host,
        whole ? { except: of('port').map(({ id }) => id) } : { only: idsOf(gone) },
      );
      await observeRouters(tx, host, of('router'));
      await observeNetworks(tx, of('network'));
    });
  }
}

const idsOf = (keys: readonly ObjectKey[]): string[] =>
  keys.filter(({ kind }) => kind === 'port').map(({ id }) => id);

/** Routers made while no node was there live on the first that comes. */
async function adoptRouters(tx: NetworkTx, host: string): Promise<void> {
  const homeless = await tx.selectFrom('network_router').select('id').where('host', '=', '').execute();
  if (homeless.length === 0) return;
  const ids = homeless.map(({ id }) => id);
  await tx.updateTable('network_router').set({ host }).where('id', 'in', ids).execute();
  await tx
    .updateTable('network_port')
    .set({ host })
    .where('device_id', 'in', ids)
    .where('device_owner', 'like', 'network:router%')
    .execute();
}

/** A port is up when the node has plugged what it should be now: a result of an older spec says nothing. */
async function observePorts(db: NetworkDb, host: string, reports: readonly NetworkReport[]): Promise<void> {
  if (reports.length === 0) return;
  const rows = await db
    .selectFrom('network_port')
    .select(['id', 'generation', 'status'])
    .where('host', '=', host)
    .where(
      'id',
      'in',
      reports.map(({ id }) => id),
    )
    .execute();
  const known = new Map(rows.map((row) => [row.id, row]));
  for (const status of ['ACTIVE', 'ERROR'] as const) {
    const ids = reports
      .filter((report) => (report.status === 'ready') === (status === 'ACTIVE'))
      .filter(({ id, generation }) => {
        const row = known.get(id);
        return row !== undefined && row.status !== status && row.generation <= generation;
      })
      .map(({ id }) => id);
    if (ids.length > 0)
      portRecordStore.noteRows(
        await db.updateTable('network_port').set({ status }).where('id', 'in', ids).returningAll().execute(),
      );
  }
}

async function setPortsDown(
  db: NetworkDb,
  host: string,
  which: { readonly only: readonly string[] } | { readonly except: readonly string[] },
): Promise<void> {
  let update = db
    .updateTable('network_port')
    .set({ status: 'DOWN' })
    .where('host', '=', host)
    .where('status', '=', 'ACTIVE')
    .where('device_owner', 'not like', 'network:%');
  if ('only' in which) {
    if (which.only.length === 0) return;
    update = update.where('id', 'in', which.only);
  } else if (which.except.length > 0) update = update.where('id', 'not in', which.except);
  portRecordStore.noteRows(await update.returningAll().execute());
}

/** A router's ports are as well as the router itself. */
async function observeRouters(db: NetworkDb, host: string, reports: readonly NetworkReport[]): Promise<void> {
  for (const status of ['ACTIVE', 'ERROR'] as const) {
    const ids = reports
      .filter((report) => (report.status === 'ready') === (status === 'ACTIVE'))
      .map(({ id }) => id);
    if (ids.length === 0) continue;
    routerStore.noteRows(
      await db
        .updateTable('network_router')
        .set({ status })
        .where('id', 'in', ids)
        .where('host', '=', host)
        .where('status', '<>', status)
        .returningAll()
        .execute(),
    );
    portRecordStore.noteRows(
      await db
        .updateTable('network_port')
        .set({ status })
        .where('device_id', 'in', ids)
        .where('host', '=', host)
        .where('status', '<>', status)
        .where('device_owner', 'like', 'network:router%')
        .returningAll()
        .execute(),
    );
  }
}

async function observeNetworks(db: NetworkDb, reports: readonly NetworkReport[]): Promise<void> {
  for (const status of ['ACTIVE', 'ERROR'] as const) {
    const ids = reports
      .filter((report) => (report.status === 'ready') === (status === 'ACTIVE'))
      .map(({ id }) => id);
    if (ids.length > 0)
      networkStore.noteRows(
        await db
          .updateTable('network_network')
          .set({ status })
          .where('id', 'in', ids)
          .where('status', '<>', status)
          .returningAll()
          .execute(),
      );
  }
}
