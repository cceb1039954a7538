import { keystoneFaults } from '#kernel/http/faults.ts';
import { defineService, type Service } from '#kernel/http/service.ts';
import { DashboardFiles } from './files.ts';
import { fileRoutes, sessionRoutes } from './routes.ts';

export interface DashboardDeps {
  /** Where the built dashboard is, or will be. */
  readonly directory: string;
}

/** Our own, so no client looks for it in the catalogue. */
export const createDashboardService = ({ directory }: DashboardDeps): Service =>
  defineService({
    name: 'dashboard',
    prefix: '/ui',
    catalog: null,
    faults: keystoneFaults,
    policy: [],
    routes: [...sessionRoutes(), ...fileRoutes(new DashboardFiles(directory))],
    migrations: [],
    reconcilers: [],
  });
