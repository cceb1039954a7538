import type { Member, TestCloud } from './cloud.ts';

/** An object of somebody's in each collection that has any: its id by the path of the collection. */
export type Things = Readonly<Record<string, string>>;

const NEWEST = { 'openstack-api-version': 'container latest' };

/** Makes one object of every kind, as its owner would. */
export async function makeThings(cloud: TestCloud, owner: Member): Promise<Things> {
  const make = async (url: string, body: object): Promise<string> => {
    const answer = await cloud.call('POST', url, { token: owner.token, body, headers: NEWEST });
    if (answer.status >= 300) throw new Error(`POST ${url}: ${answer.status} ${answer.text}`);
    const [wrapped] = Object.values<{ id?: string; uuid?: string }>(answer.body);
    return answer.body.id ?? answer.body.uuid ?? wrapped?.id ?? '';
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
  const container = await make('/container/v1/containers', { image, nets: [{ network: network_id }] });
  return {
    '/identity/v3/users': owner.userId,
    '/identity/v3/projects': owner.projectId,
    '/identity/v3/application_credentials': await make(credentials, {
      application_credential: { name: 'own' },
    }),
    '/image/v2/images': image,
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
    '/container/v1/quotas': owner.projectId,
    '/container/quotas': owner.projectId,
  };
}

/** The id of the thing that the first parameter of a URL stands for, if there is one. */
export const thingIn = (things: Things, url: string): string | undefined => things[url.split('/:')[0] ?? ''];
