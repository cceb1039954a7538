import { defineService, type Service } from '#kernel/http/service.ts';
import type { TaskKind } from '#kernel/tasks/task.ts';
import { barbicanFaults } from './faults.ts';
import { localSecretPort } from './local-port.ts';
import { createSecrets } from './migrations/0001-secrets.ts';
import { secretPolicy } from './policy.ts';
import type { AuthorityPort, SecretPort } from './port.ts';
import { sweepExpired } from './reconcile.ts';
import { aclRoutes } from './routes/acls.ts';
import { consumerRoutes } from './routes/consumers.ts';
import { containerRoutes } from './routes/containers.ts';
import { discoveryRoutes } from './routes/discovery.ts';
import { metadataRoutes } from './routes/metadata.ts';
import { orderRoutes } from './routes/orders.ts';
import { payloadRoutes } from './routes/payloads.ts';
import { quotaRoutes } from './routes/quotas.ts';
import { secretRoutes } from './routes/secrets.ts';
import { storeRoutes } from './routes/stores.ts';
import { AclService } from './service/acls.ts';
import { Authorities } from './service/authorities.ts';
import { ConsumerService } from './service/consumers.ts';
import { ContainerService } from './service/containers.ts';
import type { SecretDeps, SecretServiceDeps } from './service/deps.ts';
import type { GuardedKind } from './service/guarded.ts';
import { MetadataService } from './service/metadata.ts';
import { OrderService } from './service/orders.ts';
import { QuotaService } from './service/quotas.ts';
import { SecretService } from './service/secrets.ts';
import { fulfilOrder } from './tasks/fulfil-order.ts';
import { VERSIONS } from './view/versions.ts';

/** The authorities of projects and clusters. */
export const createAuthorities = (deps: SecretDeps): AuthorityPort => new Authorities(deps);

/** What the task runner must know; made before the runner, which the service itself is given. */
export const secretTasks = (deps: Omit<SecretServiceDeps, 'tasks'>): TaskKind<never>[] => [fulfilOrder(deps)];

/** Barbican v1. */
export function createSecretService(deps: SecretServiceDeps): { service: Service; port: SecretPort } {
  const secrets = new SecretService(deps);
  const containers = new ContainerService(deps);
  const secretKind: GuardedKind = {
    table: 'secret',
    rules: 'secret',
    get: (ctx, id, rule) => secrets.get(ctx, id, rule),
  };
  const containerKind: GuardedKind = {
    table: 'secret_container',
    rules: 'container',
    get: (ctx, id, rule) => containers.get(ctx, id, rule),
  };
  const ofSecrets = new ConsumerService(deps, secretKind);
  const ofContainers = new ConsumerService(deps, containerKind);
  const service = defineService({
    name: 'secret',
    prefix: '/key-manager',
    catalog: { types: ['key-manager'], name: 'barbican', path: '/key-manager' },
    microversions: VERSIONS,
    faults: barbicanFaults,
    policy: secretPolicy,
    routes: [
      ...discoveryRoutes(),
      ...secretRoutes(secrets, ofSecrets),
      ...payloadRoutes(secrets),
      ...metadataRoutes(new MetadataService(deps, secrets)),
      ...containerRoutes(containers, ofContainers),
      ...aclRoutes(new AclService(deps, secretKind), new AclService(deps, containerKind)),
      ...consumerRoutes({ secrets, containers, ofSecrets, ofContainers }),
      ...orderRoutes(new OrderService(deps)),
      ...quotaRoutes(new QuotaService(deps)),
      ...storeRoutes(),
    ],
    migrations: [createSecrets],
    reconcilers: [sweepExpired(deps)],
  });
  return { service, port: localSecretPort(secrets) };
}
