import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startCloud, type Member, type TestCloud } from '#test/support/cloud.ts';

let cloud: TestCloud;
let member: Member;
const V3 = '/identity/v3';
const NEWEST = { 'openstack-api-version': 'container latest' };

beforeAll(async () => {
  cloud = await startCloud();
  member = await cloud.addMember('limited');
});
afterAll(() => cloud[Symbol.asyncDispose]());

const asAdmin = (method: string, path: string, body?: object) =>
  cloud.call(method, V3 + path, { token: cloud.admin, ...(body ? { body } : {}) });
const serviceId = async (type: string): Promise<string> =>
  (await asAdmin('GET', `/services?type=${type}`)).body.services[0].id;
const register = async (type: string, resource_name: string, default_limit: number) => {
  const registered_limits = [{ service_id: await serviceId(type), resource_name, default_limit }];
  return asAdmin('POST', '/registered_limits', { registered_limits });
};
const limit = async (type: string, resource_name: string, resource_limit: number) =>
  asAdmin('POST', '/limits', {
    limits: [
      { service_id: await serviceId(type), resource_name, resource_limit, project_id: member.projectId },
    ],
  });

describe('limits', () => {
  it('are registered, overridden for a project, and go from the outside in', async () => {
    const made = await register('image', 'image_size_total', 1_000);
    expect(made.status).toBe(201);
    const [registered] = made.body.registered_limits;
    expect((await register('image', 'image_size_total', 2)).status).toBe(409);
    expect((await limit('image', 'unheard_of', 1)).status).toBe(403);
    const own = (await limit('image', 'image_size_total', 5)).body.limits[0];
    expect((await limit('image', 'image_size_total', 6)).status).toBe(409);
    expect((await asAdmin('DELETE', `/registered_limits/${registered.id}`)).status).toBe(403);
    const renamed = { registered_limit: { resource_name: 'other' } };
    expect((await asAdmin('PATCH', `/registered_limits/${registered.id}`, renamed)).status).toBe(403);
    const raised = await asAdmin('PATCH', `/limits/${own.id}`, { limit: { resource_limit: 7 } });
    expect(raised.body.limit).toMatchObject({ resource_limit: 7, project_id: member.projectId });
    expect((await asAdmin('DELETE', `/limits/${own.id}`)).status).toBe(204);
    expect((await asAdmin('DELETE', `/registered_limits/${registered.id}`)).status).toBe(204);
  });

  it('are refused for what is not there, or for nobody in particular', async () => {
    const entry = { resource_name: 'x', resource_limit: 1 };
    const service_id = await serviceId('image');
    const post = (fields: object) => asAdmin('POST', '/limits', { limits: [{ ...entry, ...fields }] });
    expect((await post({ service_id: 'f'.repeat(32), project_id: member.projectId })).status).toBe(400);
    expect((await post({ service_id })).status).toBe(400);
    expect((await post({ service_id, project_id: member.projectId, domain_id: 'default' })).status).toBe(400);
    expect((await post({ service_id, project_id: 'f'.repeat(32) })).status).toBe(400);
    expect((await asAdmin('POST', '/limits', { limits: [] })).status).toBe(400);
  });

  it('follow the flat model, which everybody may see', async () => {
    const model = await cloud.call('GET', `${V3}/limits/model`, { token: member.token });
    expect(model.body.model.name).toBe('flat');
  });
});

describe("a service's quota", () => {
  const networkQuota = async (): Promise<number> =>
    (await cloud.call('GET', `/network/v2.0/quotas/${member.projectId}`, { token: cloud.admin })).body.quota
      .network;
  const containerQuota = async (): Promise<number> =>
    (
      await cloud.call('GET', `/container/v1/quotas/${member.projectId}`, {
        token: cloud.admin,
        headers: NEWEST,
      })
    ).body.containers;

  it("is the project's own, else identity's for the project, else the registered one, else the default", async () => {
    expect(await networkQuota()).toBe(100);
    await register('network', 'network', 9);
    expect(await networkQuota()).toBe(9);
    const { id } = (await limit('network', 'network', 1)).body.limits[0];
    expect(await networkQuota()).toBe(1);
    const create = () =>
      cloud.call('POST', '/network/v2.0/networks', { token: member.token, body: { network: {} } });
    expect((await create()).status).toBe(201);
    expect((await create()).status).toBe(409);
    await asAdmin('PATCH', `/limits/${id}`, { limit: { resource_limit: 2 } });
    expect((await create()).status).toBe(201);
    const own = { quota: { network: 50 } };
    await cloud.call('PUT', `/network/v2.0/quotas/${member.projectId}`, { token: cloud.admin, body: own });
    expect(await networkQuota()).toBe(50);
  });

  it('of containers counts likewise', async () => {
    expect(await containerQuota()).toBe(40);
    await register('container', 'containers', 3);
    expect(await containerQuota()).toBe(3);
  });
});

it('limits are shown with the projects of a family, where they are asked for', async () => {
  await register('image', 'image_count_total', 100);
  const parent = (await asAdmin('POST', '/projects', { project: { name: 'family' } })).body.project.id;
  const wanted = { project: { name: 'child', parent_id: parent } };
  const child = (await asAdmin('POST', '/projects', wanted)).body.project.id;
  const entry = { service_id: await serviceId('image'), resource_name: 'image_count_total' };
  await asAdmin('POST', '/limits', { limits: [{ ...entry, resource_limit: 3, project_id: child }] });
  const show = async (id: string, query: string) =>
    (await asAdmin('GET', `/projects/${id}?${query}`)).body.project;
  const below = await show(parent, 'subtree_as_list&include_limits');
  expect(below.subtree).toMatchObject([{ project: { id: child, limits: [{ resource_limit: 3 }] } }]);
  const above = await show(child, 'parents_as_list&subtree_as_ids&include_limits');
  expect(above).toMatchObject({ parents: [{ project: { id: parent, limits: [] } }], subtree: null });
  expect((await show(parent, 'subtree_as_list')).subtree[0].project).not.toHaveProperty('limits');
});
