import { systemClock } from '#kernel/clock.ts';
import { systemCtx, type Ctx } from '#kernel/context.ts';
import { Database } from '#kernel/db/database.ts';
import { migrate } from '#kernel/db/migrate.ts';
import { silentLogger } from '#kernel/log.ts';
import { Policy } from '#kernel/policy/policy.ts';
import type { Connection } from '#node/node.ts';
import type { DesiredObject, ObjectKey, Report } from '#node/protocol.ts';
import { answerImages } from '#services/image/node-answers.ts';
import { createPlacement, type Placement } from '#services/placement/index.ts';
import { placementPolicy } from '#services/placement/policy.ts';
import type { DesiredSource } from '#services/placement/port.ts';
import { answerTransfers } from '#services/volume/nodes/answers.ts';
import { createSsntpClient } from '#ssntp/client.ts';
import type { TlsIdentity } from '#ssntp/pki.ts';
import { Role } from '#ssntp/roles.ts';
import { createSsntpServer, type SsntpServer } from '#ssntp/server.ts';
import type { Session } from '#ssntp/session.ts';
import { SERVER_UUID, TestAuthority } from '#ssntp/testing.ts';
import { MemoryBackups, MemoryImages, rightsBy } from './fake-transfers.ts';

/** What a service would want on nodes, and all that it is told of it. */
export class MemorySource implements DesiredSource {
  readonly kinds = [
    'network',
    'group',
    'port',
    'router',
    'container',
    'volume',
    'snapshot',
    'attachment',
    'copy',
  ] as const;
  objects: DesiredObject[] = [];
  /** The last report on each object. */
  readonly seen = new Map<string, Report>();
  /** Every state a container was reported in, in order. */
  readonly statuses: string[] = [];
  readonly gone: string[] = [];
  wholes = 0;
  failNext: Error | null = null;
  readonly #waiting = new Set<() => void>();

  list(): Promise<DesiredObject[]> {
    return Promise.resolve(this.objects);
  }

  async observed(
    _host: string,
    reports: readonly Report[],
    gone: readonly ObjectKey[],
    whole: boolean,
  ): Promise<void> {
    const failure = this.failNext;
    this.failNext = null;
    if (failure) throw failure;
    if (whole) {
      this.wholes++;
      this.seen.clear();
    }
    for (const report of reports) {
      this.seen.set(report.id, report);
      if (report.kind === 'container' && this.statuses.at(-1) !== report.status)
        this.statuses.push(report.status);
    }
    for (const { id } of gone) {
      this.gone.push(id);
      this.seen.delete(id);
    }
    for (const check of this.#waiting) check();
  }

  /** Resolves when the condition holds; looked at with every report. */
  until(condition: () => boolean): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const check = () => {
      if (!condition()) return;
      this.#waiting.delete(check);
      resolve();
    };
    this.#waiting.add(check);
    check();
    return promise;
  }

  status(id: string): string | undefined {
    return this.seen.get(id)?.status;
  }

  untilStatus(id: string, status: string): Promise<void> {
    return this.until(() => this.status(id) === status);
  }
}

export const STORED_IMAGE = Buffer.alloc(300_000, 'image ');

/** Control's side of the nodes, over TLS on the loopback. It can go away and come back at the same port. */
export class ControlRig implements AsyncDisposable {
  readonly source = new MemorySource();
  readonly backups = new MemoryBackups();
  readonly images = new MemoryImages();
  readonly database = Database.open({ kind: 'sqlite', path: ':memory:' });
  readonly ctx: Ctx = systemCtx('req-test', { clock: systemClock, log: silentLogger });
  readonly #tls: { server: TlsIdentity; node: TlsIdentity };
  #placement: Placement | undefined;
  #server: SsntpServer | undefined;
  #port = 0;

  private constructor(tls: { server: TlsIdentity; node: TlsIdentity }) {
    this.#tls = tls;
  }

  static async start(): Promise<ControlRig> {
    const authority = await TestAuthority.create();
    const rig = new ControlRig({
      server: await authority.issue(Role.Server | Role.Scheduler),
      node: await authority.issue(Role.Agent | Role.NetAgent),
    });
    await rig.start();
    return rig;
  }

  get placement(): Placement {
    if (!this.#placement) throw new Error('Control is not running.');
    return this.#placement;
  }

  async start(): Promise<void> {
    const kit = { database: this.database, clock: systemClock, log: silentLogger };
    this.#placement = createPlacement({ ...kit, policy: new Policy(placementPolicy) });
    const { backups, images, source } = this;
    answerImages(this.#placement.nodes, { ...kit, images: images.port });
    const rights = rightsBy(() => source.objects);
    answerTransfers(this.#placement.nodes, { ...kit, rights, backups, images: images.port });
    this.#placement.nodes.register(this.source);
    images.add('image', STORED_IMAGE, { hash: 'sum' });
    await migrate(this.database, [this.#placement.service]);
    await this.#placement.start();
    this.#server = createSsntpServer({
      tls: this.#tls.server,
      uuid: SERVER_UUID,
      roles: Role.Server | Role.Scheduler,
      configure: () => ({}),
      logger: silentLogger,
      clock: systemClock,
      onSession: this.#placement.nodes.accept,
    });
    await this.#server.listen(this.#port, '127.0.0.1');
    this.#port = this.#server.address().port;
  }

  async stop(): Promise<void> {
    await this.#server?.close();
    this.#server = undefined;
  }

  /** Cuts the line to every node, without a word. */
  hangUp(): void {
    for (const session of this.#server?.sessions.values() ?? []) session.close('cut');
  }

  readonly connect = (uuid: string, onSession: (session: Session) => void): Connection =>
    createSsntpClient({
      host: '127.0.0.1',
      port: this.#port,
      tls: this.#tls.node,
      uuid,
      roles: Role.Agent | Role.NetAgent,
      logger: silentLogger,
      clock: systemClock,
      onSession,
    });

  /** Wants these objects and says so, as a service does. */
  async put(
    host: string,
    objects: readonly DesiredObject[],
    removed: readonly ObjectKey[] = [],
  ): Promise<void> {
    const changed = new Set([...objects, ...removed].map(({ id }) => id));
    this.source.objects = [...this.source.objects.filter(({ id }) => !changed.has(id)), ...objects];
    await this.placement.nodes.put(host, objects, removed);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    await this.database.close();
  }
}
