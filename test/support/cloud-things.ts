import type { Member, TestCloud } from './cloud.ts';

/** An object of somebody's in each collection that has any: its id by the path of the collection. */
export type Things = Readonly<Record<string, string>>;

const NEWEST = { 'openstack-api-version': 'container latest, volume latest' };

/** Makes one object of every kind, as its owner would. */
export async function makeThings(cloud: TestCloud, owner: Member): Promise<Things> {
  const make = async (url: string, body: object): Promise<string> => {
    const answer = await cloud.call('POST', url, { token: owner.token, body, headers: NEWEST });
    if (answer.status >= 300) throw new Error(`POST ${url}: ${answer.status} ${answer.text}`);
    const [wrapped] = Object.values<{ id?: string; uuid?: string }>(answer.body);
    return answer.body.id ?? answer.body.uuid ?? wrapped?.id ?? wrapped?.uuid ?? '';
  };
  const neutron = (kind: string, fields: object) =>
    make(`/network/v2.0/${kind.replaceAll('_', '-').replace(/y$/, 'ie')}s`, { [kind]: fields });

  const network_id = await neutron('network', { name: 'own' });
  const subnet = await neutron('subnet', { network_id, ip_version: 4, cidr: '10.9.0.0/24' });
  const group = await neutron('security_group', { name: 'own' });
  const image = await make('/image/v2/images', {
    name: 'own',
    container_format: 'docker',
    disk_format: 'raw',
  });
  const credentials = `/identity/v3/users/${owner.userId}/application_credentials`;
  const registry = await make('/container/v1/registries', {
    registry: { domain: 'registry.test', username: 'owner', password: 'a login at a registry' },
  });
  const container = await make('/container/v1/containers', { image, nets: [{ network: network_id }] });
  const capsule = await make('/container/v1/capsules', {
    template: {
      kind: 'capsule',
      metadata: { name: 'own' },
      spec: { containers: [{ image, ports: [{ containerPort: 80 }] }] },
    },
  });
  const refOf = async (collection: string, body: object): Promise<string> => {
    const answer = await cloud.call('POST', `/key-manager/v1/${collection}`, { token: owner.token, body });
    if (answer.status >= 300) throw new Error(`${collection}: ${answer.status} ${answer.text}`);
    return String(Object.values<string>(answer.body)[0]).split('/').at(-1) ?? '';
  };
  const volume_id = await make('/volume/v3/volumes', { volume: { size: 1 } });
  const groupType = await makeGroupType(cloud);
  const volumeGroup = await make('/volume/v3/groups', {
    group: { group_type: groupType, volume_types: ['__DEFAULT__'] },
  });
  await make(`/orchestration/v1/${owner.projectId}/stacks`, {
    stack_name: 'own',
    template: { heat_template_version: '2021-04-16' },
  });
  return {
    '/orchestration/v1': owner.projectId,
    '/alarming/v2/alarms': await makeAlarm(cloud, owner),
    '/alarming/v2/quotas': owner.projectId,
    '/volume/v3/volumes': volume_id,
    '/key-manager/v1/secrets': await refOf('secrets', { name: 'own' }),
    '/key-manager/v1/containers': await refOf('containers', { type: 'generic' }),
    '/key-manager/v1/orders': await refOf('orders', {
      type: 'key',
      meta: { algorithm: 'aes', bit_length: 256 },
    }),
    '/key-manager/v1/project-quotas': owner.projectId,
    '/volume/v3/groups': volumeGroup,
    '/volume/v3/os-quota-sets': owner.projectId,
    '/identity/v3/users': owner.userId,
    '/identity/v3/projects': owner.projectId,
    '/identity/v3/application_credentials': await make(credentials, {
      application_credential: { name: 'own' },
    }),
    '/identity/v3/OS-TRUST/trusts': await make('/identity/v3/OS-TRUST/trusts', {
      trust: {
        trustor_user_id: owner.userId,
        trustee_user_id: owner.userId,
        project_id: owner.projectId,
        impersonation: true,
        roles: [{ name: 'member' }],
      },
    }),
    '/identity/v3/credentials': await make('/identity/v3/credentials', {
      credential: { type: 'totp', blob: 'SEED' },
    }),
    '/identity/v3/limits': await makeLimit(cloud, owner),
    '/image/v2/images': image,
    '/image/v2/metadefs/namespaces': await makeNamespace(cloud, owner),
    '/network/v2.0/networks': network_id,
    '/network/v2.0/subnets': subnet,
    '/network/v2.0/ports': await neutron('port', { network_id }),
    '/network/v2.0/security-groups': group,
    '/network/v2.0/security-group-rules': await neutron('security_group_rule', {
      security_group_id: group,
      direction: 'ingress',
    }),
    '/network/v2.0/routers': await neutron('router', { name: 'own' }),
    '/network/v2.0/subnetpools': await neutron('subnetpool', { name: 'own', prefixes: ['10.20.0.0/16'] }),
    '/network/v2.0/address-scopes': await neutron('address_scope', { name: 'own', ip_version: 4 }),
    '/network/v2.0/address-groups': await neutron('address_group', { name: 'own', addresses: ['192.0.2.1'] }),
    '/network/v2.0/trunks': await neutron('trunk', { port_id: await neutron('port', { network_id }) }),
    '/network/v2.0/rbac-policies': await neutron('rbac_policy', {
      object_type: 'network',
      object_id: network_id,
      action: 'access_as_shared',
      target_tenant: 'f'.repeat(32),
    }),
    '/network/v2.0/auto-allocated-topology': owner.projectId,
    '/network/v2.0/quotas': owner.projectId,
    '/container/v1/containers': container,
    '/container/containers': container,
    '/container/v1/capsules': capsule,
    '/container/capsules': capsule,
    '/container/v1/registries': registry,
    '/container/registries': registry,
    '/container/v1/quotas': owner.projectId,
    '/container/quotas': owner.projectId,
  };
}

async function makeAlarm(cloud: TestCloud, { token }: Member): Promise<string> {
  const body = { name: 'own', type: 'event', event_rule: { event_type: 'container.*' } };
  return (await cloud.call('POST', '/alarming/v2/alarms', { token, body })).body.alarm_id;
}

/** Only administrators set limits of projects. */
async function makeLimit(cloud: TestCloud, { projectId }: Member): Promise<string> {
  const as = (method: string, url: string, body?: object) =>
    cloud.call(method, `/identity/v3/${url}`, { token: cloud.admin, ...(body && { body }) });
  const { id: service_id } = (await as('POST', 'services', { service: { type: 'own' } })).body.service;
  const resource = { service_id, resource_name: 'own' };
  await as('POST', 'registered_limits', { registered_limits: [{ ...resource, default_limit: 2 }] });
  const limit = { ...resource, project_id: projectId, resource_limit: 1 };
  return (await as('POST', 'limits', { limits: [limit] })).body.limits[0].id;
}

/** Only administrators make namespaces, for whom they please. */
async function makeNamespace(cloud: TestCloud, { projectId }: Member): Promise<string> {
  const namespace = 'namespace-of-the-owner';
  const body = { namespace, owner: projectId };
  await cloud.call('POST', '/image/v2/metadefs/namespaces', { token: cloud.admin, body });
  return namespace;
}

/** The same of group types. */
async function makeGroupType(cloud: TestCloud): Promise<string> {
  const body = { group_type: { name: 'common' } };
  const { admin: token } = cloud;
  const made = await cloud.call('POST', '/volume/v3/group_types', { token, body, headers: NEWEST });
  return made.body.group_type.id;
}

/** The id of the thing that the first parameter of a URL stands for, if there is one. */
export const thingIn = (things: Things, url: string): string | undefined => things[url.split('/:')[0] ?? ''];
