import type { AuditRecord } from '#kernel/audit/record.ts';
import { keystoneFaults } from '#kernel/http/faults.ts';
import { route, type Route } from '#kernel/http/route.ts';
import { defineService, type Service } from '#kernel/http/service.ts';
import { auditPolicy } from './policy.ts';
import { AuditRecords, ListRecords } from './schema.ts';
import { AuditService, type AuditServiceDeps } from './service.ts';

/** Our own, so no client looks for it in the catalogue. Its table is the kernel's. */
export const createAuditService = (deps: AuditServiceDeps): Service =>
  defineService({
    name: 'audit',
    prefix: '/audit',
    catalog: null,
    faults: keystoneFaults,
    policy: auditPolicy,
    routes: auditRoutes(new AuditService(deps)),
    migrations: [],
    reconcilers: [],
  });

const auditRoutes = (records: AuditService): Route[] => [
  route({
    method: 'GET',
    url: '/v1/records',
    name: 'list-records',
    summary: 'Who changed what, newest first.',
    access: { rule: 'audit:list' },
    query: ListRecords,
    answer: AuditRecords,
    status: 200,
    async handle({ ctx, query }) {
      const { items, next } = await records.list(ctx, query);
      return { records: items.map(recordView), next };
    },
  }),
];

const recordView = ({ at, requestId, user, projectId, ...rest }: AuditRecord) => ({
  ...rest,
  time: at,
  request_id: requestId,
  user: { id: user.id, name: user.name, domain_id: user.domain.id },
  project_id: projectId,
});
