import type { ResourceType } from '../resource-type.ts';
import { endpoint, region, service } from './catalog.ts';
import { domain, group, project, role, user } from './people.ts';
import { groupRoleAssignment, userRoleAssignment } from './role-assignment.ts';

export const keystoneTypes: readonly ResourceType[] = [
  project,
  user,
  group,
  role,
  domain,
  region,
  service,
  endpoint,
  userRoleAssignment,
  groupRoleAssignment,
];
