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
import { createDeliver } from '#services/alarm/deliver.ts';
import { createAlarmService } from '#services/alarm/index.ts';
import { alarmPolicy } from '#services/alarm/policy.ts';
import { auditPolicy } from '#services/audit/policy.ts';
import { containerTasks, createContainerService } from '#services/container/index.ts';
import { containerPolicy } from '#services/container/policy.ts';
import { createDashboardService } from '#services/dashboard/index.ts';
import { createEventsService } from '#services/events/index.ts';
import { eventsPolicy } from '#services/events/policy.ts';
import { createIdentityService, type Identity } from '#services/identity/index.ts';
import { identityPolicy } from '#services/identity/policy.ts';
import { createImagePort, createImageService, imageTasks } from '#services/image/index.ts';
import { answerImages } from '#services/image/node-answers.ts';
import { imagePolicy } from '#services/image/policy.ts';
import { Staging } from '#services/image/service/staging.ts';
import { createMetricService } from '#services/metric/index.ts';
import { metricPolicy } from '#services/metric/policy.ts';
import { createNetwork, networkPolicy, type NetworkParts } from '#services/network/index.ts';
import { answerMetadata } from '#services/network/metadata/service.ts';
import {
  createOrchestrationService,
  createResourceTypes,
  orchestrationTasks,
} from '#services/orchestration/index.ts';
import { ec2Signer } from '#services/orchestration/ec2-signer.ts';
import { keyRing } from '#services/orchestration/key-ring.ts';
import { tellerRing } from '#services/orchestration/tellers.ts';
import { orchestrationPolicy } from '#services/orchestration/policy.ts';
import { createPlacement, type Placement } from '#services/placement/index.ts';
import { placementPolicy } from '#services/placement/policy.ts';
import { createAuthorities, createSecretService, secretTasks } from '#services/secret/index.ts';
import { secretPolicy } from '#services/secret/policy.ts';
import { createVolumeService, volumeTasks } from '#services/volume/index.ts';
import { answerTransfers } from '#services/volume/nodes/answers.ts';
import { volumePolicy } from '#services/volume/policy.ts';
import { Units } from '#services/volume/service/units.ts';
import { nodeRights } from '#services/volume/store/rights.ts';
import { remoteNeighbours } from './neighbours.ts';
import {
  backupStore,
  containerSettings,
  identitySettings,
  imageSettings,
  masterKeys,
  typeSettings,
} from './settings.ts';

export interface CloudParts {
  readonly config: Pick<
    Config,
    | 'http'
    | 'region'
    | 'identity'
    | 'containers'
    | 'registries'
    | 'image'
    | 'network'
    | 'volumes'
    | 'orchestration'
    | 'remote'
  >;
  readonly secrets: Pick<
    Secrets,
    'adminPassword' | 'tokenKeys' | 'masterKeys' | 'registries' | 'imageStores' | 'remotePassword'
  >;
  readonly database: Database;
  /** Directory of what control keeps besides the database. */
  readonly directory: string;
  /** Where the built dashboard is, or will be. */
  readonly dashboard: string;
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
  alarm: alarmPolicy,
  metric: metricPolicy,
  events: eventsPolicy,
  audit: auditPolicy,
};

/** THE list: every service and what it is given, read from top to bottom. */
function composeServices(parts: CloudParts) {
  const kit = kitOf(parts);
  const { database, clock, policy, events, audit, vault } = kit;
  const placement = createPlacement(kit);
  const { remote, identity, imageDeps, images, network } = composeNeighbours(parts, kit, placement);
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
  const orchestrationDeps = orchestrationDepsOf(parts, kit, inside);
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
  const metric = createMetricService({ ...kit, nodes: placement.nodes, workloads: container.workloads });
  const alarmDeps = {
    ...kit,
    metrics: metric.port,
    deliver: createDeliver(inside, parts.config.http.publicUrl),
  };
  answerImages(placement.nodes, { ...kit, images });
  container.answer(placement.nodes);
  answerTransfers(placement.nodes, { ...volumeDeps, rights: nodeRights(database) });
  if (network.metadata) answerMetadata(placement.nodes, network.metadata, container.describe);
  for (const source of [network.source, volume.desired, ...container.desired])
    placement.nodes.register(source);
  const local = (service: Service | undefined) => (service && !remote ? [service] : []);
  const services: readonly Service[] = [
    ...local(identity.service),
    ...local(image),
    placement.service,
    ...local(network.service),
    container.service,
    ...[secret, volume].map(({ service }) => (remote ? hidden(service) : service)),
    ...(remote ? [] : createOrchestrationService({ ...orchestrationDeps, tasks })),
    ...local(metric.service),
    ...(remote ? [] : [createAlarmService(alarmDeps)]),
    createEventsService({ events, policy }),
    createAuditService({ database, policy }),
    createDashboardService({ directory: parts.dashboard }),
  ];
  const { catalog } = container.service;
  const registration = remote && catalog ? [remote.registration(catalog)] : [];
  return { services, registration, identity, inside, placement, tasks, events, policy, audit, vault };
}

const orchestrationDepsOf = (parts: CloudParts, kit: ReturnType<typeof kitOf>, inside: InsideCalls) => ({
  ...kit,
  types: createResourceTypes(typeSettings(parts)),
  region: parts.config.region,
  cloudOf: (actor: StoredCtx) => ({
    ...inside.as(actor),
    keys: keyRing(inside, actor),
    tellers: tellerRing(inside),
  }),
  signer: ec2Signer(inside),
});

/** What every service is given. */
function kitOf(parts: CloudParts) {
  const { config, database, clock, log } = parts;
  return {
    database,
    policy: new Policy(Object.values(RULES).flat()),
    vault: new EnvelopeVault({ database, masterKeys: masterKeys(parts) }),
    events: new EventLog({ database, clock }),
    audit: new AuditLog({ database, clock, log }),
    worker: parts.worker ?? `${hostname()}:${config.http.port}`,
    clock,
    log,
  };
}

/** What all others stand on: this cloud's own, or another cloud's. */
function composeNeighbours(
  parts: CloudParts,
  kit: ReturnType<typeof kitOf>,
  { nodes }: Pick<Placement, 'nodes'>,
) {
  const remote = remoteNeighbours({ ...parts, nodes });
  const identity: Pick<Identity, 'port'> & Partial<Identity> =
    remote?.identity ?? createIdentityService({ ...kit, ...identitySettings(parts) });
  const imageDeps = {
    ...kit,
    ...imageSettings(parts),
    staging: new Staging(join(parts.directory, 'staging')),
    limits: (projectId: string) => identity.port.limits('image', projectId),
  };
  const images = remote?.images ?? createImagePort(imageDeps);
  const { network: segments } = parts.config;
  const network: Pick<NetworkParts, 'port' | 'source'> & Partial<NetworkParts> =
    remote?.network ??
    createNetwork({ ...kit, nodes, identity: identity.port, ...(segments && { segments }) });
  return { remote, identity, imageDeps, images, network };
}

/** For the services beside it; users have another cloud's. */
const hidden = (service: Service): Service => ({ ...service, catalog: null, routes: [], sockets: [] });

/** The services in one process behind one port, with a beginning and an end. */
export function composeCloud(parts: CloudParts) {
  const { config, database, clock, log } = parts;
  const { services, registration, identity, inside, placement, tasks, events, policy, audit, vault } =
    composeServices(parts);
  const reconcilers = new ReconcileLoop(
    [
      housekeeping({ tasks, events, clock }),
      ...services.flatMap((service) => service.reconcilers),
      ...registration,
    ],
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
        await identity.start?.({ adminPassword, region: config.region, publicUrl, catalog });
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
