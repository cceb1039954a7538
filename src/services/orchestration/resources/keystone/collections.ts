import type { Collection } from '../rest/collection.ts';

const keystone = (list: string, member: string, constraint?: string): Collection => ({
  service: 'identity',
  path: `/${list}`,
  list,
  member,
  change: 'PATCH',
  ...(constraint && { constraint }),
});

export const PROJECTS = keystone('projects', 'project', 'keystone.project');
export const USERS = keystone('users', 'user', 'keystone.user');
export const GROUPS = keystone('groups', 'group', 'keystone.group');
export const ROLES = keystone('roles', 'role', 'keystone.role');
export const DOMAINS = keystone('domains', 'domain', 'keystone.domain');
export const REGIONS = keystone('regions', 'region', 'keystone.region');
export const SERVICES = keystone('services', 'service', 'keystone.service');
export const ENDPOINTS = keystone('endpoints', 'endpoint');
