import { keystoneFaults } from '#kernel/http/faults.ts';
import { defineService, type Service } from '#kernel/http/service.ts';
import { createProjects } from './migrations/0001-projects.ts';
import { identityPolicy } from './policy.ts';
import { projectRoutes } from './routes/projects.ts';
import type { ProjectService } from './service/projects.ts';

export const identityService = (useCases: { projects: ProjectService }): Service =>
  defineService({
    name: 'identity',
    prefix: '/identity',
    catalog: { types: ['identity'], name: 'keystone', path: '/identity/v3' },
    faults: keystoneFaults,
    policy: identityPolicy,
    routes: [...projectRoutes(useCases.projects)],
    migrations: [createProjects],
    tasks: [],
    reconcilers: [],
  });
