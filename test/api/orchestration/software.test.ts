import { expect, it } from 'vitest';
import { newUuid } from '#kernel/ids.ts';
import { forEachDatabase } from '#test/support/databases.ts';
import { administrator, reader, serveStacks, stranger, type StackApi } from './support.ts';

const SCRIPT = {
  name: 'greet',
  group: 'script',
  config: 'echo hello there',
  inputs: [{ name: 'whom', type: 'String', default: 'world' }],
  outputs: [{ name: 'greeting', type: 'String' }],
  options: { modulepath: '/x' },
};
const create = async (heat: StackApi, fields: object = SCRIPT) =>
  (await heat.call('POST', '/software_configs', { body: fields })).body.software_config;
const deploy = async (heat: StackApi, fields: object) =>
  heat.call('POST', '/software_deployments', { body: fields });

forEachDatabase('software for servers', (open) => {
  it('is kept, listed by page, shown and forgotten', async () => {
    await using heat = await serveStacks(open);
    const made = await heat.call('POST', '/software_configs', { body: SCRIPT });
    expect(made).toMatchObject({ status: 200, body: { software_config: SCRIPT } });
    const { id } = made.body.software_config;
    expect((await heat.call('GET', `/software_configs/${id}`)).body).toEqual(made.body);
    await create(heat, { name: 'second' });
    const names = async (query = '') =>
      (await heat.call('GET', `/software_configs${query}`)).body.software_configs.map(
        ({ name }: { name: string }) => name,
      );
    expect(await names()).toEqual(['greet', 'second']);
    expect(await names('?limit=1')).toEqual(['greet']);
    expect(await names(`?marker=${id}`)).toEqual(['second']);
    expect((await heat.call('DELETE', `/software_configs/${id}`)).status).toBe(204);
    expect((await heat.call('GET', `/software_configs/${id}`)).status).toBe(404);
  });

  it('is sent to a server, which is told what to do and tells how it went', async () => {
    await using heat = await serveStacks(open);
    const { id: config_id } = await create(heat);
    const server_id = newUuid();
    const made = await deploy(heat, { config_id, server_id, input_values: { whom: 'all' } });
    const { id } = made.body.software_deployment;
    expect(made.body.software_deployment).toMatchObject({
      config_id,
      server_id,
      action: 'CREATE',
      status: 'IN_PROGRESS',
      input_values: { whom: 'all' },
    });
    const { metadata } = (await heat.call('GET', `/software_deployments/metadata/${server_id}`)).body;
    expect(metadata).toMatchObject([
      {
        id: config_id,
        group: 'script',
        config: SCRIPT.config,
        inputs: [{ name: 'whom', value: 'all' }, {}, {}],
      },
    ]);
    const body = { status: 'COMPLETE', output_values: { greeting: 'hello all' } };
    const told = await heat.call('PUT', `/software_deployments/${id}`, { body });
    expect(told.body.software_deployment).toMatchObject({ ...body, input_values: { whom: 'all' } });
    const listed = async (server: string) =>
      (await heat.call('GET', `/software_deployments?server_id=${server}`)).body.software_deployments;
    expect(await listed(server_id)).toEqual([told.body.software_deployment]);
    expect(await listed(newUuid())).toEqual([]);
    const used = await heat.call('DELETE', `/software_configs/${config_id}`);
    expect([used.status, used.body.error.message]).toEqual([400, expect.stringContaining('referenced')]);
    expect((await heat.call('DELETE', `/software_deployments/${id}`)).status).toBe(204);
    expect((await heat.call('GET', `/software_deployments/${id}`)).status).toBe(404);
    expect((await heat.call('DELETE', `/software_configs/${config_id}`)).status).toBe(204);
  });

  it("is one project's, and a reader's to look at", async () => {
    await using heat = await serveStacks(open);
    const { id } = await create(heat);
    const server_id = newUuid();
    const { id: deployment } = (await deploy(heat, { config_id: id, server_id })).body.software_deployment;
    for (const path of [`/software_configs/${id}`, `/software_deployments/${deployment}`]) {
      expect((await heat.call('GET', path, { as: stranger })).status).toBe(404);
      expect((await heat.call('DELETE', path, { as: stranger })).status).toBe(404);
      expect((await heat.call('DELETE', path, { as: reader })).status).toBe(403);
      expect((await heat.call('GET', path, { as: reader })).status).toBe(200);
    }
    const foreign = { config_id: id, server_id };
    const stolen = await heat.call('POST', '/software_deployments', { body: foreign, as: stranger });
    expect(stolen.status).toBe(404);
    const all = await heat.call('GET', '/software_configs?global_tenant=true', { as: stranger });
    expect(all.status).toBe(403);
    const told = await heat.call('GET', '/software_configs?global_tenant=true', { as: administrator });
    expect(told.body.software_configs).toMatchObject([{ id, project: 'p1' }]);
    const seen = await heat.call('GET', `/software_deployments/metadata/${server_id}`, { as: stranger });
    expect(seen.body.metadata).toEqual([]);
  });

  it.each([
    ['no config', { server_id: 'x' }],
    ['a config that there is not', { config_id: newUuid(), server_id: 'x' }],
    ['a state that is none', { config_id: newUuid(), server_id: 'x', status: 'DONE' }],
  ])('is not sent with %s', async (_, body) => {
    await using heat = await serveStacks(open);
    expect([400, 404]).toContain((await deploy(heat, body)).status);
  });
});
