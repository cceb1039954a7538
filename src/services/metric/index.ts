import { defineService, type Service } from '#kernel/http/service.ts';
import { gnocchiFaults } from './faults.ts';
import { metricPolicy } from './policy.ts';
import type { MetricPort } from './port.ts';
import { measureRoutes } from './routes/measures.ts';
import { resourceRoutes } from './routes/resources.ts';
import type { MetricDeps } from './service/deps.ts';
import { MetricService } from './service/metrics.ts';

/** What of Gnocchi's v1 reads measures. It has no tables: nodes keep them. */
export function createMetricService(deps: MetricDeps): { service: Service; port: MetricPort } {
  const metrics = new MetricService(deps);
  const service = defineService({
    name: 'metric',
    prefix: '/metric',
    catalog: { types: ['metric'], name: 'gnocchi', path: '/metric' },
    faults: gnocchiFaults,
    policy: metricPolicy,
    routes: [...resourceRoutes(metrics), ...measureRoutes(metrics)],
    migrations: [],
    reconcilers: [],
  });
  return { service, port: metrics };
}
