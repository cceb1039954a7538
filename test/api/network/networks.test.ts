import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { admin, member, serveNetwork, stranger, type NetworkKit } from './support.ts';

let kit: NetworkKit;
beforeAll(async () => {
  kit = await serveNetwork();
});
afterAll(() => kit[Symbol.asyncDispose]());
const url = '/network/v2.0';

describe('networks', () => {
  it('are created, shown, changed, listed and deleted', async () => {
    const network = await kit.make(member, 'networks', { name: 'blue', admin_state_up: true });
    expect(network).toMatchObject({
      name: 'blue',
      status: 'ACTIVE',
      mtu: 1450,
      shared: false,
      subnets: [],
      tags: [],
    });
    expect(network).toMatchObject({
      project_id: 'project-a',
      tenant_id: 'project-a',
      revision_number: 1,
      'router:external': false,
    });
    expect(network.created_at).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    expect(network).not.toHaveProperty('provider:network_type');
    const put = await kit.api.put(`${url}/networks/${network.id}`, {
      as: member,
      body: { network: { name: 'red', mtu: '1400' } },
    });
    expect(put.body.network).toMatchObject({ name: 'red', mtu: 1400, revision_number: 2 });
    const listed = await kit.api.get(`${url}/networks.json?name=red&fields=id`, { as: member });
    expect(listed.body).toEqual({ networks: [{ id: network.id }] });
    expect((await kit.api.delete(`${url}/networks/${network.id}.json`, { as: member })).status).toBe(204);
    const gone = await kit.api.get(`${url}/networks/${network.id}`, { as: member });
    expect(gone.status).toBe(404);
    expect(gone.body.NeutronError).toMatchObject({ type: 'NetworkNotFound', detail: '' });
  });

  it('are hidden from strangers unless shared, and then not theirs to change', async () => {
    const own = await kit.make(member, 'networks', {});
    const shared = await kit.make(admin, 'networks', { shared: true });
    expect((await kit.api.get(`${url}/networks/${own.id}`, { as: stranger })).status).toBe(404);
    expect((await kit.api.get(`${url}/networks/${shared.id}`, { as: stranger })).status).toBe(200);
    const change = await kit.api.put(`${url}/networks/${shared.id}`, {
      as: stranger,
      body: { network: { name: 'x' } },
    });
    expect(change.status).toBe(403);
    expect(change.body.NeutronError.type).toBe('PolicyNotAuthorized');
  });

  it('can be external or have a segment only by an administrator', async () => {
    for (const body of [{ 'router:external': true }, { shared: true }, { 'provider:segmentation_id': 7 }])
      expect((await kit.api.post(`${url}/networks`, { as: member, body: { network: body } })).status).toBe(
        403,
      );
    expect(await kit.make(member, 'networks', { shared: false })).toMatchObject({ shared: false });
    const external = await kit.make(admin, 'networks', { 'router:external': true });
    expect(external).toMatchObject({ 'router:external': true, mtu: 1500, 'provider:network_type': 'flat' });
    const seen = await kit.api.get(`${url}/networks?router:external=True`, { as: stranger });
    expect(seen.body.networks.map(({ id }: { id: string }) => id)).toContain(external.id);
  });

  it('are made all or none in bulk', async () => {
    const two = await kit.api.post(`${url}/networks`, {
      as: member,
      body: { networks: [{ name: 'bulk' }, { name: 'bulk' }] },
    });
    expect(two.status).toBe(201);
    expect(two.body.networks).toHaveLength(2);
    const bad = await kit.api.post(`${url}/networks`, {
      as: member,
      body: { networks: [{ name: 'half' }, { name: 'half', mtu: 9000 }] },
    });
    expect(bad.status).toBe(400);
    expect((await kit.api.get(`${url}/networks?name=half`, { as: member })).body.networks).toEqual([]);
  });

  it('refuse wrong input and change nothing', async () => {
    for (const network of [
      { name: 7 },
      { name: 'n'.repeat(256) },
      { nonsense: 1 },
      { mtu: 'big' },
      { admin_state_up: 'maybe' },
    ]) {
      const answer = await kit.api.post(`${url}/networks`, { as: member, body: { network } });
      expect(answer.status).toBe(400);
      expect(answer.body.NeutronError.type).toBe('InvalidInput');
    }
    expect((await kit.api.post(`${url}/networks`, { body: { network: {} } })).status).toBe(401);
    expect((await kit.api.get(`${url}/networks/no%20such%20name`, { as: member })).status).toBe(404);
  });

  it('are changed only in the state that If-Match names', async () => {
    const { id } = await kit.make(member, 'networks', {});
    const put = (revision: number) =>
      kit.api.put(`${url}/networks/${id}`, {
        as: member,
        body: { network: { name: 'm' } },
        headers: { 'if-match': `revision_number=${revision}` },
      });
    expect((await put(5)).status).toBe(412);
    expect((await put(1)).status).toBe(200);
  });

  it('are tagged and found by their tags', async () => {
    const { id } = await kit.make(member, 'networks', {});
    const tags = `${url}/networks/${id}/tags`;
    expect((await kit.api.put(tags, { as: member, body: { tags: ['a', 'b%', 'a'] } })).body.tags).toEqual([
      'a',
      'b%',
    ]);
    expect((await kit.api.put(`${tags}/c`, { as: member })).status).toBe(201);
    expect((await kit.api.get(`${tags}/c`, { as: member })).status).toBe(204);
    expect((await kit.api.get(`${tags}/d`, { as: member })).status).toBe(404);
    const count = async (query: string) =>
      (await kit.api.get(`${url}/networks?id=${id}&${query}`, { as: member })).body.networks.length;
    expect(await count('tags=a,c')).toBe(1);
    expect(await count('tags=a,z')).toBe(0);
    expect(await count('tags-any=z,b%25')).toBe(1);
    expect(await count('not-tags-any=c')).toBe(0);
    expect((await kit.api.delete(`${tags}/c`, { as: member })).status).toBe(204);
    expect((await kit.api.delete(tags, { as: member })).status).toBe(204);
  });

  it('are paged both ways and sorted, and unknown filters and sort keys are refused', async () => {
    for (const name of ['p1', 'p2', 'p3', 'p4'])
      await kit.make(stranger, 'networks', { name, description: 'paged' });
    const get = (query: string) =>
      kit.api.get(`${url}/networks?description=paged&sort_key=name&sort_dir=asc&limit=2${query}`, {
        as: stranger,
      });
    const names = (body: { networks: { name: string }[] }) => body.networks.map(({ name }) => name);
    const first = await get('');
    expect(names(first.body)).toEqual(['p1', 'p2']);
    const next = first.body.networks_links
      .find(({ rel }: { rel: string }) => rel === 'next')
      .href.replace('http://cloud.test', '');
    const second = await kit.api.get(next, { as: stranger });
    expect(names(second.body)).toEqual(['p3', 'p4']);
    expect(second.body.networks_links.map(({ rel }: { rel: string }) => rel)).toEqual(['previous']);
    const back = await kit.api.get(second.body.networks_links[0].href.replace('http://cloud.test', ''), {
      as: stranger,
    });
    expect(names(back.body)).toEqual(['p1', 'p2']);
    for (const query of [
      'nonsense=1',
      'sort_key=mood',
      'sort_key=name&sort_dir=asc&sort_dir=desc',
      'limit=-1',
      'limit=1&marker=nobody',
    ])
      expect((await kit.api.get(`${url}/networks?${query}`, { as: stranger })).status).toBe(400);
  });
});
