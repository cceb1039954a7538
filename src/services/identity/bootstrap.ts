import { isoTime } from '#kernel/clock.ts';
import type { CatalogEntry } from '#kernel/http/service.ts';
import { newHexId, nameUuid } from '#kernel/ids.ts';
import { INTERFACES, type CatalogService } from './model/catalog.ts';
import { DEFAULT_DOMAIN, type Project } from './model/project.ts';
import { SYSTEM, type Role } from './model/role.ts';
import type { User } from './model/user.ts';
import { hashPassword } from './passwords.ts';
import { handleOf, type IdentityDeps } from './service/deps.ts';
import { endpointStore, regionStore, serviceStore } from './store/catalog.ts';
import { projectStore } from './store/projects.ts';
import { assignmentStore, roleStore } from './store/roles.ts';
import { userStore } from './store/users.ts';

export interface BootstrapOptions {
  readonly adminPassword: string;
  readonly region: string;
  readonly publicUrl: string;
  readonly catalog: readonly CatalogEntry[];
}

/** Each right implies the one after it. */
const ROLE_CHAIN = ['admin', 'manager', 'member', 'reader'] as const;
const NAMESPACE = '6f1c2b1e-8c0a-5d0e-9a53-0d5e8f6a7c11';

/** What every cloud has from its first start. Runs at each start; what is there is left as people have made it. */
export async function bootstrapIdentity(deps: IdentityDeps, options: BootstrapOptions): Promise<void> {
  const db = handleOf(deps);
  await ensureProject(deps, {
    id: DEFAULT_DOMAIN,
    name: 'Default',
    domainId: '',
    parentId: '',
    isDomain: true,
  });
  const admin = await ensureProject(deps, inDefaultDomain('admin'));
  await ensureProject(deps, inDefaultDomain('service'));
  const roles = await Promise.all([...ROLE_CHAIN, 'service'].map((name) => ensureRole(deps, name)));
  for (const [index, prior] of ROLE_CHAIN.slice(0, -1).entries()) {
    const [from, to] = [roles[index], roles[index + 1]];
    if (from && to && from.name === prior) await roleStore.imply(db, from.id, to.id);
  }
  const user = await ensureAdmin(deps, options.adminPassword);
  const grant = {
    actorKind: 'user',
    actorId: user.id,
    roleId: roles[0]?.id ?? '',
    inherited: false,
  } as const;
  await assignmentStore.insert(db, { ...grant, targetKind: 'project', targetId: admin.id });
  await assignmentStore.insert(db, { ...grant, targetKind: 'system', targetId: SYSTEM });
  await ensureCatalog(deps, options);
  deps.identityChanged();
}

const inDefaultDomain = (name: string) => ({
  id: newHexId(),
  name,
  domainId: DEFAULT_DOMAIN,
  parentId: DEFAULT_DOMAIN,
  isDomain: false,
});

async function ensureProject(
  deps: IdentityDeps,
  wanted: Pick<Project, 'id' | 'name' | 'domainId' | 'parentId' | 'isDomain'>,
): Promise<Project> {
  const found = await projectStore.findByName(handleOf(deps), wanted.name, wanted.domainId);
  if (found) return found;
  const project: Project = { ...wanted, enabled: true, description: '', tags: [], options: {}, extra: {} };
  await projectStore.insert(handleOf(deps), project);
  return project;
}

async function ensureRole(deps: IdentityDeps, name: string): Promise<Role> {
  const [found] = await roleStore.list(handleOf(deps), { name, domainId: null });
  if (found) return found;
  const role: Role = {
    id: newHexId(),
    name,
    domainId: null,
    description: null,
    options: { immutable: true },
  };
  await roleStore.insert(handleOf(deps), role);
  return role;
}

async function ensureAdmin(deps: IdentityDeps, password: string): Promise<User> {
  const found = await userStore.findByName(handleOf(deps), 'admin', DEFAULT_DOMAIN);
  if (found) return found;
  const user: User = {
    id: newHexId(),
    name: 'admin',
    domainId: DEFAULT_DOMAIN,
    enabled: true,
    defaultProjectId: null,
    description: null,
    email: null,
    options: {},
    extra: {},
    passwordHash: await hashPassword(password),
    passwordChangedAt: isoTime(deps.clock.now()),
    passwordExpiresAt: null,
    activeAt: null,
  };
  await userStore.insert(handleOf(deps), user);
  return user;
}

/** Services and endpoints of this cloud have ids made from their names, so that a changed URL changes them in place. */
async function ensureCatalog(
  deps: IdentityDeps,
  { region, publicUrl, catalog }: BootstrapOptions,
): Promise<void> {
  const db = handleOf(deps);
  if (!(await regionStore.find(db, region)))
    await regionStore.insert(db, { id: region, description: '', parentRegionId: null });
  const services = new Map((await serviceStore.list(db, {})).map((service) => [service.id, service]));
  const endpoints = new Map((await endpointStore.list(db, {})).map((endpoint) => [endpoint.id, endpoint]));
  for (const entry of catalog) {
    for (const type of entry.types) {
      const service: CatalogService = {
        id: ownId(`service/${type}`),
        type,
        name: entry.name,
        description: '',
        enabled: true,
      };
      if (!services.has(service.id)) await serviceStore.insert(db, service);
      for (const kind of INTERFACES) {
        const url = publicUrl + entry.path;
        const endpoint = {
          id: ownId(`${region}/${type}/${kind}`),
          serviceId: service.id,
          interface: kind,
          url,
          regionId: region,
          enabled: true,
        };
        const known = endpoints.get(endpoint.id);
        if (!known) await endpointStore.insert(db, endpoint);
        else if (known.url !== url) await endpointStore.update(db, endpoint);
      }
    }
  }
}

const ownId = (name: string): string => nameUuid(NAMESPACE, name).replaceAll('-', '');
