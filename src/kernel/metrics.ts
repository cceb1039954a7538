import { Histogram, Registry, collectDefaultMetrics } from 'prom-client';

/** What `/metrics` shows, in Prometheus' text form. */
export interface Metrics {
  readonly contentType: string;
  readonly requests: { observe(labels: Record<string, string>, seconds: number): void };
  readonly registry: Registry;
  render(): Promise<string>;
}

export function createMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const requests = new Histogram({
    name: 'hydria_http_request_seconds',
    help: 'Time to answer a request, by method, route and status.',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.001, 0.005, 0.02, 0.1, 0.5, 2, 10],
    registers: [registry],
  });
  return { contentType: registry.contentType, requests, registry, render: () => registry.metrics() };
}
