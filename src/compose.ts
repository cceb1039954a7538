import { hostname } from 'node:os';
import { join } from 'node:path';
import { AuditLog } from '#kernel/audit/audit-log.ts';
import { createAudit } from '#kernel/audit/migrations/0001-audit.ts';
import type { Clock } from '#kernel/clock.ts';
import type { Config, Secrets } from '#kernel/config.ts';
import type { StoredCtx } from '#kernel/context.ts';
import type { Database } from '#kernel/db/database.ts';
import { migrate } from '#kernel/db/migrate.ts';
import { EventLog } from '#kernel/events/event-log.ts';
import { init as createEvents } from '#kernel/events/migrations/0001-init.ts';
import { housekeeping } from '#kernel/housekeeping.ts';
import { InsideCalls } from '#kernel/http/inside-calls.ts';
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
import { createAuditService } from '#services/audit/index.ts';
import { auditPolicy } from '#services/audit/policy.ts';
import { containerTasks, createContainerService } from '#services/container/index.ts';
import { containerPolicy } from '#services/container/policy.ts';
import { createEventsService } from '#services/events/index.ts';
import { eventsPolicy } from '#services/events/policy.ts';
import { createIdentityService } from '#services/identity/index.ts';
import { identityPolicy } from '#services/identity/policy.ts';
import { createImagePort, createImageService, imageTasks } from '#services/image/index.ts';
import { answerImages } from '#services/image/node-answers.ts';
import { imagePolicy } from '#services/image/policy.ts';
import { Staging } from '#services/image/service/staging.ts';
import { createNetwork, networkPolicy } from '#services/network/index.ts';
import { answerMetadata } from '#services/network/metadata/service.ts';
import {
  createOrchestrationService,
  createResourceTypes,
  orchestrationTasks,
} from '#services/orchestration/index.ts';
import { orchestrationPolicy } from '#services/orchestration/policy.ts';
import { createPlacement } from '#services/placement/index.ts';
import { placementPolicy } from '#services/placement/policy.ts';
import { createAuthorities, createSecretService, secretTasks } from '#services/secret/index.ts';
import { secretPolicy } from '#services/secret/policy.ts';
import { createVolumeService, volumeTasks } from '#services/volume/index.ts';
import { answerTransfers } from '#services/volume/nodes/answers.ts';
import { volumePolicy } from '#services/volume/policy.ts';
import { Units } from '#services/volume/service/units.ts';
import { nodeRights } from '#services/volume/store/rights.ts';
import { backupStore, containerSettings, identitySettings, imageSettings, masterKeys } from './settings.ts';

export interface CloudParts {
  readonly config: Pick<
    Config,
    'http' | 'region' | 'identity' | 'containers' | 'image' | 'network' | 'volumes'
  >;
  readonly secrets: Pick<
    Secrets,
    'adminPassword' | 'tokenKeys' | 'masterKeys' | 'registries' | 'imageStores'
  >;
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
  secret: secretPolicy,
  volume: volumePolicy,
  orchestration: orchestrationPolicy,
  events: eventsPolicy,
  audit: auditPolicy,
};

/** THE list: every service and what it is given, read from top to bottom. */
function composeServices(parts: CloudParts) {
  const { database, clock, log } = parts;
  const worker = parts.worker ?? `${hostname()}:${parts.config.http.port}`;
  const policy = new Policy(Object.values(RULES).flat());
  const events = new EventLog({ database, clock });
  const audit = new AuditLog({ database, clock, log });
  const vault = new EnvelopeVault({ database, masterKeys: masterKeys(parts) });
  const kit = { database, policy, vault, events, audit, worker, clock, log };

  const identity = createIdentityService({ ...kit, ...identitySettings(parts) });
  const imageDeps = {
    ...kit,
    ...imageSettings(parts),
    staging: new Staging(join(parts.directory, 'staging')),
    limits: (projectId: string) => identity.port.limits('image', projectId),
  };
  const images = createImagePort(imageDeps);
  const placement = createPlacement(kit);
  const network = createNetwork({
    ...kit,
    nodes: placement.nodes,
    identity: identity.port,
    ...(parts.config.network ? { segments: parts.config.network } : {}),
  });
  const containerDeps = {
    ...kit,
    identity: identity.port,
    images,
    networks: network.port,
    placement: placement.port,
    volumes: () => volume.port,
    secrets: () => secret.port,
    nodes: placement.nodes,
    ...containerSettings(parts),
  };
  const secretDeps = { ...kit, authorities: createAuthorities(kit) };
  const volumeDeps = {
    ...kit,
    images,
    nodes: placement.nodes,
    backups: backupStore(parts, clock),
    limits: (service: string, projectId: string) => identity.port.limits(service, projectId),
  };
  const volumeUnits = new Units(volumeDeps);
  const inside = new InsideCalls(identity.port);
  const orchestrationDeps = {
    ...kit,
    types: createResourceTypes(),
    region: parts.config.region,
    cloudOf: (actor: StoredCtx) => inside.as(actor),
  };
  const tasks = new TaskRunner({
    ...kit,
    kinds: [
      ...imageTasks(imageDeps),
      ...containerTasks(containerDeps),
      ...secretTasks(secretDeps),
      ...volumeTasks(volumeDeps, volumeUnits),
      ...orchestrationTasks(orchestrationDeps),
    ],
  });
  const image = createImageService({ ...imageDeps, tasks });
  const secret = createSecretService({ ...secretDeps, tasks });
  const container = createContainerService({ ...containerDeps, tasks });
  const volume = createVolumeService({ ...volumeDeps, tasks }, volumeUnits);
  answerImages(placement.nodes, { ...kit, images });
  container.answer(placement.nodes);
  answerTransfers(placement.nodes, { ...volumeDeps, rights: nodeRights(database) });
  for (const source of [network.source, volume.desired, container.desired]) placement.nodes.register(source);
  answerMetadata(placement.nodes, network.metadata, container.describe);

  const services: readonly Service[] = [
    identity.service,
    image,
    placement.service,
    network.service,
    container.service,
    secret.service,
    volume.service,
    createOrchestrationService({ ...orchestrationDeps, tasks }),
    createEventsService({ events, policy }),
    createAuditService({ database, policy }),
  ];
  return { services, identity, inside, placement, tasks, events, policy, audit, vault };
}

/** The services in one process behind one port, with a beginning and an end. */
export function composeCloud(parts: CloudParts) {
  const { config, database, clock, log } = parts;
  const { services, identity, inside, placement, tasks, events, policy, audit, vault } =
    composeServices(parts);
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
    authenticator: inside,
    metrics: createMetrics(),
    publicUrl: config.http.publicUrl,
  });
  inside.serveBy(http, services);

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
      const { adminPassword } = parts.secrets;
      await database.exclusively(async () => {
        await vault.rewrap(); // by the newest master key, so that an older one may be dropped
        await identity.start({ adminPassword, region: config.region, publicUrl, catalog });
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
