import { hostname } from 'node:os';
import { join } from 'node:path';
import { FileImageStore } from '#drivers/image/file/driver.ts';
import { AuditLog } from '#kernel/audit/audit-log.ts';
import { createAudit } from '#kernel/audit/migrations/0001-audit.ts';
import type { Clock } from '#kernel/clock.ts';
import type { Config, Secrets } from '#kernel/config.ts';
import type { Database } from '#kernel/db/database.ts';
import { migrate } from '#kernel/db/migrate.ts';
import { EventLog } from '#kernel/events/event-log.ts';
import { init as createEvents } from '#kernel/events/migrations/0001-init.ts';
import { housekeeping } from '#kernel/housekeeping.ts';
import { createHttpServer } from '#kernel/http/server.ts';
import type { CatalogEntry, Service } from '#kernel/http/service.ts';
import type { Logger } from '#kernel/log.ts';
import { createMetrics } from '#kernel/metrics.ts';
import { PolicyFiles } from '#kernel/policy/files.ts';
import { Policy } from '#kernel/policy/policy.ts';
import { ReconcileLoop } from '#kernel/reconcile.ts';
import { init as createTasks } from '#kernel/tasks/migrations/0001-init.ts';
import { TaskRunner } from '#kernel/tasks/runner.ts';
import { createVault } from '#kernel/vault/migrations/0001-vault.ts';
import { EnvelopeVault } from '#kernel/vault/vault.ts';
import { verifyArchive } from '#oci/verify.ts';
import { createAuditService } from '#services/audit/index.ts';
import { auditPolicy } from '#services/audit/policy.ts';
import { containerTasks, createContainerService } from '#services/container/index.ts';
import { containerPolicy } from '#services/container/policy.ts';
import { createEventsService } from '#services/events/index.ts';
import { eventsPolicy } from '#services/events/policy.ts';
import { createIdentityService } from '#services/identity/index.ts';
import { identityPolicy } from '#services/identity/policy.ts';
import { createImageService } from '#services/image/index.ts';
import { imagePolicy } from '#services/image/policy.ts';
import { createNetwork, networkPolicy } from '#services/network/index.ts';
import { createPlacement } from '#services/placement/index.ts';
import { placementPolicy } from '#services/placement/policy.ts';

export interface CloudParts {
  readonly config: Pick<Config, 'http' | 'region' | 'identity' | 'network'>;
  readonly secrets: Pick<Secrets, 'adminPassword' | 'tokenKeys' | 'masterKeys'>;
  readonly database: Database;
  /** Directory of what control keeps besides the database. */
  readonly directory: string;
  readonly clock: Clock;
  readonly log: Logger;
  /** Where `policy.yaml` and `policy.d` are; without it, the defaults hold. */
  readonly policyDirectory?: string;
  /** This process among those on the database: the same after a restart, and no other's. Default: host and port. */
  readonly worker?: string;
}

const GIB = 2 ** 30;
const MAX_IMAGE_BYTES = 64 * GIB;

const KERNEL_SCHEMAS = [
  { name: 'tasks', migrations: [createTasks] },
  { name: 'events', migrations: [createEvents] },
  { name: 'vault', migrations: [createVault] },
  { name: 'audit', migrations: [createAudit] },
];

/** The rules of each service. */
export const RULES = {
  identity: identityPolicy,
  image: imagePolicy,
  placement: placementPolicy,
  network: networkPolicy,
  container: containerPolicy,
  events: eventsPolicy,
  audit: auditPolicy,
};

/** THE list: every service and what it is given, read from top to bottom. */
function composeServices(parts: CloudParts) {
  const { database, clock, log } = parts;
  const policy = new Policy(Object.values(RULES).flat());
  const events = new EventLog({ database, clock });
  const audit = new AuditLog({ database, clock, log });
  const masterKeys = parts.secrets.masterKeys.map((key) => Buffer.from(key, 'base64url'));
  const vault = new EnvelopeVault({ database, masterKeys });
  const kit = { database, policy, vault, clock, log };

  const identity = createIdentityService({
    ...kit,
    ...identitySettings(parts.config.identity),
    tokenKeys: parts.secrets.tokenKeys.map((key) => Buffer.from(key, 'base64url')),
  });
  const image = createImageService({
    ...kit,
    store: new FileImageStore(join(parts.directory, 'images')),
    maxBytes: MAX_IMAGE_BYTES,
    inspectContainerArchive: async (path) => void (await verifyArchive(path)),
  });
  const placement = createPlacement({ ...kit, images: image.port });
  const network = createNetwork({
    ...kit,
    nodes: placement.nodes,
    ...(parts.config.network ? { segments: parts.config.network } : {}),
  });
  const containerDeps = {
    ...kit,
    events,
    images: image.port,
    networks: network.port,
    placement: placement.port,
    nodes: placement.nodes,
    defaultRuntime: 'crun',
  };
  const tasks = new TaskRunner({
    database,
    audit,
    clock,
    log,
    worker: parts.worker ?? `${hostname()}:${parts.config.http.port}`,
    kinds: containerTasks(containerDeps),
  });
  const container = createContainerService({ ...containerDeps, tasks });
  placement.nodes.register(network.source);
  placement.nodes.register(container.desired);
  network.metadata.register(container.describe);
  placement.nodes.answerMetadata((host, question) => network.metadata.answer(host, question));

  const services: readonly Service[] = [
    identity.service,
    image.service,
    placement.service,
    network.service,
    container.service,
    createEventsService({ events, policy }),
    createAuditService({ database, policy }),
  ];
  return { services, identity, placement, tasks, events, policy, audit };
}

const SECOND = 1_000;
const DAY = 86_400 * SECOND;

/** What a person has set of identity; the rest is left to the service. */
const identitySettings = ({ passwords, tokens }: NonNullable<Config['identity']> = {}) => ({
  ...(passwords === undefined ? {} : { passwordRules: passwords }),
  ...(tokens?.lifetimeSeconds === undefined ? {} : { tokenLifetime: tokens.lifetimeSeconds * SECOND }),
  ...(tokens?.rotateDays === undefined ? {} : { tokenKeyLifetime: tokens.rotateDays * DAY }),
});

/** The services in one process behind one port, with a beginning and an end. */
export function composeCloud(parts: CloudParts) {
  const { config, database, clock, log } = parts;
  const { services, identity, placement, tasks, events, policy, audit } = composeServices(parts);
  const reconcilers = new ReconcileLoop(
    [housekeeping({ tasks, events, clock }), ...services.flatMap((service) => service.reconcilers)],
    { clock, log },
  );
  const directory = parts.policyDirectory;
  const policyFiles = directory === undefined ? null : new PolicyFiles({ directory, policy, clock, log });
  const health = async () => ({
    ready: true,
    services: Object.fromEntries(services.map((service) => [service.name, 'ok'])),
    nodes: placement.nodes.connected,
  });
  const http = createHttpServer({
    services,
    policy,
    audit,
    clock,
    log,
    health,
    authenticator: identity.port,
    metrics: createMetrics(),
    publicUrl: config.http.publicUrl,
  });

  return {
    services,
    http,
    placement,
    tasks,
    /** From a database of any age to a cloud that can take requests. */
    async start(): Promise<void> {
      await policyFiles?.start();
      await migrate(database, [...KERNEL_SCHEMAS, ...services]);
      await database.signals.start({ clock, log });
      const catalog = services.flatMap((service): CatalogEntry[] =>
        service.catalog ? [service.catalog] : [],
      );
      const { publicUrl } = config.http;
      await identity.start({
        adminPassword: parts.secrets.adminPassword,
        region: config.region,
        publicUrl,
        catalog,
      });
      await placement.start();
      await reconcilers.start();
      await tasks.recover();
    },
    /** Takes no more requests and lets go; what is under way goes on at the next start. */
    async stop(): Promise<void> {
      policyFiles?.stop();
      reconcilers.stop();
      events.stop(); // its readers would stay for ever
      await http.close();
      await tasks.stop();
    },
  };
}

export type Cloud = ReturnType<typeof composeCloud>;
