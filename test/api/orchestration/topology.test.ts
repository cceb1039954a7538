import { afterAll, beforeAll, expect, it } from 'vitest';
import { startCloud, type Member, type TestCloud } from '#test/support/cloud.ts';
import { until } from '#test/support/until.ts';

let cloud: TestCloud;
let one: Member;
beforeAll(async () => {
  cloud = await startCloud();
  one = await cloud.addMember('one');
});
afterAll(() => cloud[Symbol.asyncDispose]());

const NET = { network: { get_resource: 'net' } };
const TEMPLATE = {
  heat_template_version: '2021-04-16',
  resources: {
    port: { type: 'OS::Neutron::Port', properties: { ...NET, security_groups: [{ get_resource: 'group' }] } },
    group: { type: 'OS::Neutron::SecurityGroup', properties: { rules: [{ protocol: 'icmp' }] } },
    net: { type: 'OS::Neutron::Net', properties: { name: 'inside' } },
    subnet: { type: 'OS::Neutron::Subnet', properties: { ...NET, cidr: '10.9.0.0/24' } },
    router: { type: 'OS::Neutron::Router' },
    end: {
      type: 'OS::Neutron::RouterInterface',
      properties: { router: { get_resource: 'router' }, subnet: { get_resource: 'subnet' } },
    },
    secret: {
      type: 'OS::Barbican::Secret',
      properties: { payload: 'open', payload_content_type: 'text/plain' },
    },
  },
  outputs: {
    address: { value: { get_attr: ['port', 'fixed_ips', 0, 'ip_address'] } },
    secret: { value: { get_attr: ['secret', 'decrypted_payload'] } },
  },
};

const heat = (method: string, path: string, body?: object) =>
  cloud.call(method, `/orchestration/v1/${one.projectId}${path}`, {
    token: one.token,
    ...(body && { body }),
  });

async function settled(id: string): Promise<string> {
  let state = '';
  await until('the stack is settled', async () => {
    const { body } = await heat('GET', `/stacks/net/${id}`);
    state = `${body.stack.stack_status}: ${body.stack.stack_status_reason}`;
    return !body.stack.stack_status.endsWith('IN_PROGRESS');
  });
  return state;
}

const names = async (collection: string) =>
  (await cloud.call('GET', `/network/v2.0/${collection}`, { token: one.token })).body[collection].map(
    ({ name }: { name: string }) => name,
  );

it('a network comes up in an order that nobody wrote down, is changed in place, and goes without leftovers', async () => {
  const made = await heat('POST', '/stacks', { stack_name: 'net', template: TEMPLATE });
  const { id } = made.body.stack;
  expect(await settled(id)).toContain('CREATE_COMPLETE');
  const { body } = await heat('GET', `/stacks/net/${id}`);
  const outputs = body.stack.outputs.map((output: { output_value: string }) => output.output_value);
  expect(outputs).toEqual([expect.stringMatching(/^10\.9\.0\./), 'open']);
  const changed = structuredClone(TEMPLATE);
  changed.resources.net.properties.name = 'renamed';
  const answer = await heat('PUT', `/stacks/net/${id}`, { template: changed });
  expect(answer.status).toBe(202);
  expect(await settled(id)).toContain('UPDATE_COMPLETE');
  expect(await names('networks')).toEqual(['renamed']);
  expect((await heat('DELETE', `/stacks/net/${id}`)).status).toBe(204);
  expect(await settled(id)).toContain('DELETE_COMPLETE');
  for (const collection of ['networks', 'subnets', 'routers', 'ports'])
    expect(await names(collection)).toEqual([]);
});
