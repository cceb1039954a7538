import { expect, it } from 'vitest';
import { forEachDatabase } from '#test/support/databases.ts';
import { recorded, recordedType } from './recorded.ts';
import { reader, serveStacks, stranger, templateOf, text, type StackApi } from './support.ts';

const CHAIN = {
  base: recorded(),
  middle: recorded({ uses: { get_resource: 'base' } }),
  top: recorded({ uses: { get_resource: 'middle' } }),
};

const act = async (heat: StackApi, path: string, action: string) => {
  const answer = await heat.call('POST', `${path}/actions`, { body: { [action]: null } });
  await heat.idle();
  return answer;
};
const state = async (heat: StackApi, path: string) => (await heat.show(path)).stack_status;

forEachDatabase('actions on a stack', (open) => {
  it('suspend users before what they use, resume the other way, and check all', async () => {
    const { type, done } = recordedType();
    await using heat = await serveStacks(open, [type]);
    const path = await heat.create(CHAIN);
    const suspended = await act(heat, path, 'suspend');
    expect([suspended.status, suspended.body]).toEqual([200, null]);
    expect(done.splice(0)).toEqual(['suspend top', 'suspend middle', 'suspend base']);
    expect(await state(heat, path)).toBe('SUSPEND_COMPLETE');
    await act(heat, path, 'suspend');
    expect(done).toEqual([]);
    const change = await heat.call('PUT', path, { body: { template: templateOf({}) } });
    expect([change.status, change.body.error.type]).toEqual([400, 'NotSupported']);
    await act(heat, path, 'resume');
    expect(done.splice(0)).toEqual(['resume base', 'resume middle', 'resume top']);
    expect(await state(heat, path)).toBe('RESUME_COMPLETE');
    await act(heat, path, 'check');
    expect(done.toSorted()).toEqual(['check base', 'check middle', 'check top']);
    expect(await state(heat, path)).toBe('CHECK_COMPLETE');
    const { body } = await heat.call('GET', `${path}/resources/top`);
    expect(body.resource.resource_status).toBe('CHECK_COMPLETE');
  });

  it('say what failed, and can be asked for again', async () => {
    const { type } = recordedType();
    await using heat = await serveStacks(open, [type]);
    const path = await heat.create({ deaf: recorded({ deaf: true }) });
    await act(heat, path, 'check');
    expect(await heat.show(path)).toMatchObject({
      stack_status: 'CHECK_FAILED',
      stack_status_reason: expect.stringContaining('Resource CHECK failed: Internal: resources.deaf'),
    });
    await act(heat, path, 'suspend');
    expect(await state(heat, path)).toBe('SUSPEND_FAILED');
    expect((await act(heat, path, 'resume')).status).toBe(200);
    expect(await state(heat, path)).toBe('RESUME_FAILED');
    await heat.call('PATCH', path, { body: { template: templateOf({ deaf: recorded() }) } });
    await heat.idle();
    expect(await state(heat, path)).toBe('UPDATE_COMPLETE');
  });

  it('take a change under way back, or give it up', async () => {
    const { type } = recordedType();
    await using heat = await serveStacks(open, [type]);
    const path = await heat.create({ one: recorded({ value: 'old' }) });
    const slow = templateOf({ one: recorded({ value: 'new', slow: true }) });
    const begin = async () => {
      expect((await heat.call('PUT', path, { body: { template: slow } })).status).toBe(202);
      expect(await state(heat, path)).toBe('UPDATE_IN_PROGRESS');
    };
    await begin();
    expect((await heat.call('POST', `${path}/actions`, { body: { check: null } })).body.error).toMatchObject({
      type: 'ActionInProgress',
      message: 'Stack one already has an action (UPDATE) in progress.',
    });
    await act(heat, path, 'cancel_update');
    expect(await state(heat, path)).toBe('ROLLBACK_COMPLETE');
    const { resources } = (await heat.call('GET', `${path}/resources`)).body;
    const complete = expect.stringMatching(/_COMPLETE$/);
    expect(resources).toMatchObject([{ resource_name: 'one', resource_status: complete }]);
    await begin();
    await act(heat, path, 'cancel_without_rollback');
    expect(await heat.show(path)).toMatchObject({
      stack_status: 'UPDATE_FAILED',
      stack_status_reason: 'User cancelled operation',
    });
    expect((await act(heat, path, 'cancel_without_rollback')).status).toBe(400);
    expect((await act(heat, path, 'cancel_update')).status).toBe(400);
    await heat.call('DELETE', path);
    await heat.idle();
    expect(await state(heat, path)).toBe('DELETE_COMPLETE');
  });

  it('leave nothing of what was being added when a change is taken back', async () => {
    const { type } = recordedType();
    await using heat = await serveStacks(open, [type]);
    const path = await heat.create({ one: recorded() });
    const resources = { one: recorded(), two: recorded({ slow: true }) };
    await heat.call('PUT', path, { body: { template: templateOf(resources) } });
    for (let made = false; !made;)
      made = (await heat.call('GET', `${path}/resources/two`)).body.resource.physical_resource_id !== '';
    await act(heat, path, 'cancel_update');
    expect(await state(heat, path)).toBe('ROLLBACK_COMPLETE');
    const left = (await heat.call('GET', `${path}/resources`)).body.resources;
    expect(left).toMatchObject([{ resource_name: 'one', resource_status: 'CREATE_COMPLETE' }]);
  });

  it('find nothing to change in one that is gone', async () => {
    await using heat = await serveStacks(open);
    const path = await heat.create({});
    const taken = await heat.call('POST', `${path}/snapshots`, { body: { name: 'before' } });
    await heat.idle();
    await heat.call('DELETE', path);
    await heat.idle();
    const template = templateOf({});
    const late = [
      await heat.call('PUT', path, { body: { template } }),
      await heat.call('PATCH', path, { body: { template } }),
      await heat.call('POST', `${path}/snapshots`, { body: { name: 'after' } }),
      await heat.call('POST', `${path}/snapshots/${taken.body.id}/restore`),
    ];
    expect(late.map(({ status }) => status)).toEqual([404, 404, 404, 404]);
    expect(await state(heat, path)).toBe('DELETE_COMPLETE');
  });

  it('change nothing while it goes', async () => {
    await using heat = await serveStacks(open);
    const path = await heat.create({ slow: text('one', { action_wait_secs: { delete: 3600 } }) });
    await heat.call('DELETE', path);
    const change = await heat.call('PUT', path, { body: { template: templateOf({}) } });
    expect([change.status, change.body.error.type]).toEqual([400, 'NotSupported']);
  });

  it.each([
    ['no action', {}],
    ['two', { suspend: null, resume: null }],
    ['one that there is not', { explode: null }],
    ['a resumption of what is not suspended', { resume: null }],
  ])('refuse %s', async (_, body) => {
    await using heat = await serveStacks(open);
    const path = await heat.create({});
    expect((await heat.call('POST', `${path}/actions`, { body })).status).toBe(400);
  });

  it('are not for readers and strangers', async () => {
    await using heat = await serveStacks(open);
    const path = await heat.create({});
    const body = { check: null };
    expect((await heat.call('POST', `${path}/actions`, { body, as: reader })).status).toBe(403);
    expect((await heat.call('POST', `${path}/actions`, { body, as: stranger })).status).toBe(404);
  });
});
