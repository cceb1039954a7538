import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { barbicanTypes } from '#services/orchestration/resources/barbican/types.ts';
import { cinderTypes } from '#services/orchestration/resources/cinder/types.ts';
import { keystoneTypes } from '#services/orchestration/resources/keystone/types.ts';
import { ResourceTypes } from '#services/orchestration/resources/registry.ts';
import type { Cloud } from '#services/orchestration/resources/resource-type.ts';
import type { JsonMap } from '#services/orchestration/template/json.ts';
import { startCloud, type TestCloud } from '#test/support/cloud.ts';
import { cloudFor, cloudForAdmin, keepsTheContract, Specimen } from '#test/support/type-bench.ts';

const types = new ResourceTypes([...barbicanTypes, ...cinderTypes, ...keystoneTypes]);

let test: TestCloud;
let member: Cloud;
let admin: Cloud;
const ground: Record<string, string> = {};

const specimen = (name: string, properties: JsonMap, cloud = admin) =>
  new Specimen(cloud, types.get(name), properties);
const make = (name: string, properties: JsonMap, cloud = admin) => specimen(name, properties, cloud).create();

beforeAll(async () => {
  test = await startCloud();
  const one = await test.addMember('one');
  member = cloudFor(test, one.token, one.projectId);
  admin = await cloudForAdmin(test);
  await make('OS::Keystone::Project', { name: 'ground' });
  await make('OS::Keystone::Group', { name: 'ground' });
  const user = await make('OS::Keystone::User', { name: 'ground', password: 'a long password' });
  await make('OS::Keystone::Service', { name: 'ground', type: 'ground' });
  await make('OS::Cinder::VolumeType', { name: 'ground' });
  const key = await make(
    'OS::Barbican::Secret',
    { payload: 'k', payload_content_type: 'text/plain' },
    member,
  );
  const other = await make(
    'OS::Barbican::Secret',
    { payload: 'o', payload_content_type: 'text/plain' },
    member,
  );
  Object.assign(ground, { user: user.id, key: key.id, other: other.id, project: one.projectId });
});
afterAll(() => test[Symbol.asyncDispose]());

const roles = [{ role: 'member', project: 'ground' }];

describe.each<[string, () => JsonMap, JsonMap]>([
  [
    'OS::Keystone::Project',
    () => ({ name: 'built', tags: ['a'] }),
    { name: 'rebuilt', enabled: false, tags: [] },
  ],
  [
    'OS::Keystone::User',
    () => ({ name: 'ann', groups: ['ground'], roles }),
    { email: 'a@b.test', groups: [], roles: [] },
  ],
  ['OS::Keystone::Group', () => ({ roles }), { name: 'many', roles: [] }],
  ['OS::Keystone::Role', () => ({ name: 'gardener' }), { name: 'cook' }],
  ['OS::Keystone::Domain', () => ({ name: 'land' }), { description: 'wide' }],
  ['OS::Keystone::Region', () => ({ description: 'north' }), { description: 'south' }],
  ['OS::Keystone::Service', () => ({ type: 'garden' }), { name: 'gardens', description: 'green' }],
  ['OS::Keystone::Endpoint', () => ({ service: 'ground', url: 'http://a.test' }), { url: 'http://b.test' }],
  [
    'OS::Cinder::VolumeType',
    () => ({ name: 'fast', metadata: { a: 'b' } }),
    { metadata: { c: 'd' }, name: 'slow' },
  ],
  [
    'OS::Cinder::VolumeType',
    () => ({ name: 'own', is_public: false, projects: ['ground'] }),
    { projects: [] },
  ],
  ['OS::Cinder::QoSSpecs', () => ({ name: 'q', specs: { read_iops: '5' } }), { specs: { write_iops: '6' } }],
])('%s', (name, properties, change) => {
  it('is made once, changed in place, taken away and missed', () =>
    keepsTheContract(specimen(name, properties()), change));
});

describe.each<[string, () => JsonMap]>([
  ['OS::Barbican::Secret', () => ({ name: 's', payload: 'x', payload_content_type: 'text/plain' })],
  ['OS::Barbican::GenericContainer', () => ({ secrets: [{ name: 'k', ref: ground['key'] ?? '' }] })],
  [
    'OS::Barbican::RSAContainer',
    () => ({ name: 'c', private_key_ref: ground['key'] ?? '', public_key_ref: ground['other'] ?? '' }),
  ],
  ['OS::Barbican::CertificateContainer', () => ({ certificate_ref: ground['key'] ?? '' })],
  ['OS::Barbican::Order', () => ({ type: 'key', algorithm: 'aes', bit_length: 256, mode: 'cbc' })],
])('%s', (name, properties) => {
  it('is made once, taken away and missed', () => keepsTheContract(specimen(name, properties(), member)));
});

it('a secret tells its payload and is called by its URL', async () => {
  const secret = await make(
    'OS::Barbican::Secret',
    { payload: 'open', payload_content_type: 'text/plain' },
    member,
  );
  expect(await secret.get('decrypted_payload')).toBe('open');
  expect(await secret.reference()).toMatch(/^http.*\/v1\/secrets\//);
});

it('quotas are set, changed and given back', async () => {
  const quota = await make('OS::Cinder::Quota', { project: 'ground', volumes: 3 });
  expect(await limit(quota.id)).toBe(3);
  await quota.update({ volumes: 4 });
  expect(await limit(quota.id)).toBe(4);
  await quota.remove();
  expect(await limit(quota.id)).toBe(10);
});

async function limit(id: string): Promise<unknown> {
  const { body } = await admin.call({
    service: 'block-storage',
    method: 'GET',
    path: `/os-quota-sets/${id}`,
  });
  return (body as { quota_set: { volumes: number } }).quota_set.volumes;
}

it('roles are given, changed, and taken away without those that others gave', async () => {
  const held = async () => {
    const query = { 'user.id': ground['user'] ?? '', include_names: 'true' };
    const { body } = await admin.call({
      service: 'identity',
      method: 'GET',
      path: '/role_assignments',
      query,
    });
    return (body as { role_assignments: { role: { name: string } }[] }).role_assignments.map(
      ({ role }) => role.name,
    );
  };
  const others = await make('OS::Keystone::UserRoleAssignment', {
    user: 'ground',
    roles: [{ role: 'reader', domain: 'default' }],
  });
  const assignment = await make('OS::Keystone::UserRoleAssignment', { user: 'ground', roles });
  expect((await held()).toSorted()).toEqual(['member', 'reader']);
  await assignment.update({ roles: [{ role: 'manager', project: 'ground' }] });
  expect((await held()).toSorted()).toEqual(['manager', 'reader']);
  await assignment.remove();
  await assignment.remove();
  expect(await held()).toEqual(['reader']);
  await others.remove();
});

it('a role is for a project or a domain', async () => {
  for (const role of [{ role: 'reader' }, { role: 'reader', project: 'ground', domain: 'default' }])
    await expect(make('OS::Keystone::UserRoleAssignment', { user: 'ground', roles: [role] })).rejects.toThrow(
      'Either project or domain',
    );
});

it('specs go to types and leave them', async () => {
  const specs = await make('OS::Cinder::QoSSpecs', { name: 'joined', specs: { a: 'b' } });
  const joined = await make('OS::Cinder::QoSAssociation', { qos_specs: specs.id, volume_types: ['ground'] });
  await joined.remove();
  await joined.remove();
  await specs.remove();
  await expect(joined.check()).rejects.toThrow();
});

it('the volumes of a type are encrypted', () =>
  keepsTheContract(specimen('OS::Cinder::EncryptedVolumeType', { volume_type: 'ground', provider: 'luks' }), {
    cipher: 'aes-xts-plain64',
  }));
