import { expect, it } from 'vitest';
import type { ResourceRun, ResourceType } from '#services/orchestration/resources/resource-type.ts';
import type { Json } from '#services/orchestration/template/json.ts';
import { forEachDatabase } from '#test/support/databases.ts';
import { reader, serveStacks, stranger, templateOf, text, type StackApi } from './support.ts';

const heard = async (run: ResourceRun) => (await run.signals(run.resource.physicalId ?? '')) ?? [];

/** Is told things, and made when it was told two. */
const listener: ResourceType = {
  name: 'Test::Listener',
  description: 'Waits until it was told two things.',
  properties: {},
  attributes: {
    heard: { description: 'What it was told.' },
    last: { description: 'Why it was told the last time.' },
  },
  keepsSignals: true,
  create: async ({ resource }) => resource.physicalName,
  settled: async (run) => (await heard(run)).length >= 2,
  remove: async () => undefined,
  signal: async (run, details) => {
    await run.keep({ last: details['reason'] ?? null });
    return `Signal: ${JSON.stringify(details['reason'] ?? null)}`;
  },
  attribute: async (run, [name]) =>
    name === 'last' ? ((run.resource.data['last'] ?? null) as Json) : [...(await heard(run))],
};

async function listening(heat: StackApi): Promise<string> {
  const body = { stack_name: 'one', template: templateOf({ ear: { type: 'Test::Listener' } }) };
  const made = await heat.call('POST', '/stacks', { body });
  const path = `/stacks/one/${made.body.stack.id}`;
  for (let made = ''; made === '';)
    made = (await heat.call('GET', `${path}/resources/ear`)).body.resource.physical_resource_id;
  return path;
}

forEachDatabase('signals', (open) => {
  it('reach a resource that waits for them, and are told of as events', async () => {
    await using heat = await serveStacks(open, [listener]);
    const path = await listening(heat);
    for (const reason of ['one', 'two']) {
      const told = await heat.call('POST', `${path}/resources/ear/signal`, { body: { reason } });
      expect([told.status, told.body]).toEqual([200, null]);
    }
    await heat.idle();
    expect((await heat.show(path)).stack_status).toBe('CREATE_COMPLETE');
    const { attributes } = (await heat.call('GET', `${path}/resources/ear`)).body.resource;
    expect(attributes).toMatchObject({ heard: [{ reason: 'one' }, { reason: 'two' }], last: 'two' });
    const { events } = (await heat.call('GET', `${path}/events?resource_action=SIGNAL`)).body;
    expect(events).toMatchObject([
      { resource_status: 'SIGNAL_COMPLETE', resource_status_reason: 'Signal: "one"' },
      { resource_status_reason: 'Signal: "two"' },
    ]);
  });

  it('reach it by a signed address too, in the words of CFN', async () => {
    await using heat = await serveStacks(open, [listener]);
    const path = await listening(heat);
    const place = `arn:openstack:heat::p1:${path.slice(1)}/resources/ear`;
    const at = (access: string, signature: string) =>
      `/cloudformation/v1/waitcondition/${place}?AWSAccessKeyId=${access}&Signature=${encodeURIComponent(signature)}`;
    const body = { Status: 'SUCCESS', Reason: 'done', UniqueId: '1', Data: 'x' };
    const told = await heat.api.call('PUT', at('p1', 'signed by p1'), { body });
    expect([told.status, told.body]).toEqual([200, null]);
    const { attributes } = (await heat.call('GET', `${path}/resources/ear`)).body.resource;
    expect(attributes.heard).toEqual([{ status: 'SUCCESS', reason: 'done', id: '1', data: 'x' }]);
    const signal = at('p1', 'signed by p1').replace('waitcondition', 'signal');
    expect((await heat.api.call('POST', signal, { body: {} })).status).toBe(200);
    expect((await heat.api.call('PUT', at('p1', 'forged'), { body })).status).toBe(401);
    expect((await heat.api.call('PUT', at('p2', 'signed by p2'), { body })).status).toBe(404);
  });

  it('are refused by what does not listen, for readers and strangers, and while a stack is suspended', async () => {
    await using heat = await serveStacks(open);
    const path = await heat.create({ deaf: text('x') });
    const tell = (call: object = {}) =>
      heat.call('POST', `${path}/resources/deaf/signal`, { body: {}, ...call });
    const deaf = await tell();
    expect([deaf.status, deaf.body.error.type]).toEqual([400, 'ResourceActionNotSupported']);
    expect((await tell({ as: reader })).status).toBe(403);
    expect((await tell({ as: stranger })).status).toBe(404);
    expect((await heat.call('POST', `${path}/resources/none/signal`, { body: {} })).status).toBe(404);
    await heat.call('POST', `${path}/actions`, { body: { suspend: null } });
    await heat.idle();
    expect((await tell()).body.error.message).toBe('Cannot signal resource during SUSPEND');
  });

  it('say that a resource is unhealthy: the next change replaces it, unless that is taken back', async () => {
    await using heat = await serveStacks(open);
    const path = await heat.create({ a: text('x') });
    const mark = (mark_unhealthy: boolean) =>
      heat.call('PATCH', `${path}/resources/a`, { body: { mark_unhealthy, resource_status_reason: 'ill' } });
    const a = async () => (await heat.call('GET', `${path}/resources/a`)).body.resource;
    const change = async () => {
      await heat.call('PATCH', path, { body: {} });
      await heat.idle();
    };
    const before = (await a()).physical_resource_id;
    expect([(await mark(true)).status, (await a()).resource_status]).toEqual([200, 'CHECK_FAILED']);
    expect((await a()).resource_status_reason).toBe('ill');
    await mark(false);
    await change();
    expect(await a()).toMatchObject({ physical_resource_id: before, resource_status: 'CHECK_COMPLETE' });
    await mark(true);
    await change();
    expect((await a()).physical_resource_id).not.toBe(before);
    expect((await a()).resource_status).toBe('CREATE_COMPLETE');
    expect(
      (await heat.call('PATCH', `${path}/resources/none`, { body: { mark_unhealthy: true } })).status,
    ).toBe(404);
  });
});
