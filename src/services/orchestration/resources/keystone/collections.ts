import type { Collection } from '../rest/collection.ts';

const keystone = (list: string, member: string, constraint?: string, nameLimit = 64): Collection => ({
  service: 'identity',
  path: `/${list}`,
  list,
  member,
  change: 'PATCH',
  nameLimit,
  ...(constraint && { constraint }),
});

export const PROJECTS = keystone('projects', 'project', 'keystone.project');
export const USERS = keystone('users', 'user', 'keystone.user', 255);
export const GROUPS = keystone('groups', 'group', 'keystone.group');
export const ROLES = keystone('roles', 'role', 'keystone.role', 255);
export const DOMAINS = keystone('domains', 'domain', 'keystone.domain');
export const REGIONS = keystone('regions', 'region', 'keystone.region');
export const SERVICES = keystone('services', 'service', 'keystone.service');
export const ENDPOINTS = keystone('endpoints', 'endpoint');
