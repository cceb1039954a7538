import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { conflict } from '#kernel/errors.ts';
import { aCaller, anAdmin } from '#test/support/api.ts';
import { serveContainers, type ContainerApi } from './container-api.ts';

const as = aCaller('p1');
let cloud: ContainerApi;
let id: string;

beforeEach(async () => {
  cloud = await serveContainers();
  const body = { image: 'hello', name: 'web' };
  id = (await cloud.call('POST', '/containers?run=true', { as, body })).body.uuid;
  await cloud.settle();
});
afterEach(() => cloud[Symbol.asyncDispose]());

const act = (verb: string, body?: unknown) =>
  cloud.call('POST', `/containers/${id}/${verb}`, { as, ...(body === undefined ? {} : { body }) });
const look = (verb: string) => cloud.call('GET', `/containers/${id}/${verb}`, { as });
const show = async () => (await cloud.call('GET', `/containers/${id}`, { as })).body;
const power = () => cloud.node.container(id)?.spec.power;

describe('power', () => {
  it('goes from state to state, each wish ended by the report of the node', async () => {
    const walk = [
      ['stop?timeout=3', 'Running', 'container_stopping', 'Stopped'],
      ['start', 'Stopped', 'container_starting', 'Running'],
      ['pause', 'Running', 'container_pausing', 'Paused'],
      ['unpause', 'Paused', 'container_unpausing', 'Running'],
      ['reboot?timeout=10', 'Restarting', 'container_rebooting', 'Running'],
    ] as const;
    for (const [verb, meanwhile, task, end] of walk) {
      const answer = await act(verb);
      expect([answer.status, answer.text]).toEqual([202, 'null']);
      expect(await show()).toMatchObject({ status: meanwhile, task_state: task });
      await cloud.settle();
      expect(await show()).toMatchObject({ status: end, task_state: null });
    }
    expect(power()).toEqual({ state: 'running', epoch: 3, stopTimeoutSeconds: 10 });
  });

  it('takes parameters from the query and the body, and the body counts', async () => {
    await act('stop?timeout=3', { timeout: 5 });
    expect(power()).toMatchObject({ state: 'stopped', stopTimeoutSeconds: 5 });
  });

  it('is refused in the wrong state, in the words of Zun', async () => {
    for (const verb of ['start', 'unpause']) {
      const answer = await act(verb);
      expect(answer.status).toBe(409);
      expect(answer.body.errors[0].title).toBe(`Cannot ${verb} container ${id} in Running state.`);
    }
    await act('stop');
    await cloud.settle();
    for (const verb of ['stop', 'pause', 'kill', 'execute?command=ls'])
      expect((await act(verb)).status).toBe(409);
    for (const verb of ['top', 'stats']) expect((await look(verb)).status).toBe(409);
    for (const verb of ['stop?timeout=-1', 'stop?timeout=soon', 'start?colour=red'])
      expect((await act(verb)).status).toBe(400);
    expect((await act('stop', [])).status).toBe(400);
  });

  it('is not ended by a report from before the wish', async () => {
    const before = cloud.node.reports();
    await act('stop');
    await cloud.desired.observed('node-1', before, [], false);
    expect(await show()).toMatchObject({ status: 'Running', task_state: 'container_stopping' });
  });

  it('waits for a node that is away, says so, and ends when it returns', async () => {
    cloud.node.away = true;
    expect((await act('stop')).status).toBe(202);
    await expect.poll(async () => (await show()).status_reason).toMatch(/^Waiting for node node-1/);
    await cloud.node.sync(cloud.desired);
    expect(await show()).toMatchObject({ status: 'Stopped', status_reason: null, task_state: null });
  });

  it('answers 405 to the wrong verb and 404 to an unknown container', async () => {
    expect((await look('start')).status).toBe(405);
    expect((await cloud.call('POST', '/containers/nobody/start', { as })).status).toBe(404);
  });
});

describe('kill', () => {
  it('sends the signal that was named in any of the ways', async () => {
    for (const signal of ['None', 'KILL', 'sigkill', '9'])
      expect((await act(`kill?signal=${signal}`)).status).toBe(202);
    await act('kill', { signal: 1 });
    const signals = cloud.node.asked.map(({ body }) => (body as { signal: string }).signal);
    expect(signals).toEqual(['SIGKILL', 'SIGKILL', 'SIGKILL', 'SIGKILL', 'SIGHUP']);
    expect((await act('kill?signal=nonsense')).status).toBe(400);
  });

  it('is recorded with its failure', async () => {
    cloud.node.answers['container.signal'] = () => {
      throw conflict('It just ended.');
    };
    expect((await act('kill')).status).toBe(409);
    const [action] = (await look('container_actions')).body.containerActions;
    expect(action).toMatchObject({ action: 'kill', message: 'Error', finish_time: expect.any(String) });
  });
});

describe('looking into a container', () => {
  it('runs a command and gives its output and exit code', async () => {
    cloud.node.answers['container.exec'] = () => ({ output: 'hi\n', exitCode: 2 });
    const answer = await act('execute?command=%22sh%22+%22-c%22+%22echo+hi%22&run=True');
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({ output: 'hi\n', exit_code: 2, exec_id: null, proxy_url: null });
    expect(cloud.node.asked[0]?.body).toEqual({ id, args: ['sh', '-c', 'echo hi'], timeoutSeconds: 5 });
    for (const query of [
      '',
      '?command=',
      '?command=%22a',
      '?command=&interactive=True',
      '?command=%22a&run=False',
    ])
      expect((await act(`execute${query}`)).status).toBe(400);
  });

  it('gives the logs as one JSON text', async () => {
    const time = '2030-01-01T00:00:00.000Z';
    cloud.node.answers['container.logs'] = () => [
      { time, stream: 'stdout', text: 'one' },
      { time, stream: 'stdout', text: 'two' },
    ];
    expect((await look('logs?stdout=True&stderr=True&timestamps=False&tail=all')).body).toBe('one\ntwo\n');
    const later = await look(
      'logs?stdout=True&stderr=False&timestamps=True&tail=2&since=2029-12-31 23:00:00,500',
    );
    expect(later.body).toBe(`${time} one\n${time} two\n`);
    expect(cloud.node.asked[1]?.body).toEqual({
      id,
      query: { stdout: true, stderr: false, tail: 2, since: '2029-12-31T23:00:00.500Z' },
    });
    for (const query of ['tail=few', 'since=yesterday', 'stdout=maybe'])
      expect((await look(`logs?${query}`)).status).toBe(400);
  });

  it('lists processes and what it uses', async () => {
    cloud.node.answers['container.top'] = () => ({ titles: ['PID'], processes: [['1']] });
    expect((await look('top?ps_args=None')).body).toEqual({ Titles: ['PID'], Processes: [['1']] });
    expect(cloud.node.asked[0]?.body).toEqual({ id, psArgs: null });
    cloud.node.answers['container.stats'] = () => ({
      cpuPercent: 1.5,
      memoryUsed: 64 << 20,
      memoryLimit: 128 << 20,
      blockRead: 1,
      blockWritten: 2,
      netReceived: 3,
      netSent: 4,
    });
    expect((await look('stats')).body).toEqual({
      CONTAINER: 'web',
      'CPU %': 1.5,
      'MEM USAGE(MiB)': 64,
      'MEM LIMIT(MiB)': 128,
      'MEM %': 50,
      'BLOCK I/O(B)': '1/2',
      'NET I/O(B)': '3/4',
    });
  });

  it('says when its node cannot be asked', async () => {
    cloud.node.away = true;
    expect((await look('top')).status).toBe(503);
  });
});

describe('actions', () => {
  it('are kept under the id of the request that made them, newest first', async () => {
    const stop = await act('stop');
    await cloud.settle();
    const { containerActions } = (await look('container_actions')).body;
    expect(containerActions).toMatchObject([{ action: 'stop' }, { action: 'create' }]);
    const requestId = String(stop.headers['x-openstack-request-id']);
    const { body } = await look(`container_actions/${requestId}`);
    expect(body).toMatchObject({
      action: 'stop',
      container_uuid: id,
      request_id: requestId,
      user_id: 'user-1',
      project_id: 'p1',
      message: null,
      start_time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}$/),
      events: [{ event: 'compute_container_stop', result: 'Success', traceback: null }],
    });
    expect((await look('container_actions/req-nothing')).status).toBe(404);
  });

  it('tell administrators alone why they failed, and older clients no end', async () => {
    cloud.node.says = (report) => ({ ...report, status: 'error', failed: true, reason: 'disk full' });
    const stop = await act('stop');
    await cloud.settle();
    const path = `/containers/${id}/container_actions/${String(stop.headers['x-openstack-request-id'])}`;
    const headers = { 'openstack-api-version': 'container 1.32' };
    const mine = (await cloud.call('GET', path, { as, headers })).body;
    expect(mine).toMatchObject({ message: 'Error', events: [{ result: 'Error', traceback: null }] });
    expect(mine).not.toHaveProperty('finish_time');
    const theirs = (await cloud.call('GET', path, { as: anAdmin() })).body;
    expect(theirs.events[0].traceback).toBe('disk full');
  });
});

describe('the event stream', () => {
  it('has each action under its name, and an end for want of memory once', async () => {
    cloud.events.length = 0;
    await act('pause');
    await cloud.settle();
    await act('unpause');
    await cloud.settle();
    await act('kill');
    expect(cloud.events).toEqual([
      'container.action.pause',
      'container.container.paused',
      'container.action.unpause',
      'container.container.running',
      'container.action.kill',
    ]);
    cloud.events.length = 0;
    const finishedAt = '2030-01-01T00:02:00.000Z';
    cloud.node.says = (report) => ({
      ...report,
      status: 'stopped',
      oomKilled: true,
      exitCode: 137,
      finishedAt,
    });
    await cloud.settle();
    await cloud.settle();
    cloud.node.says = (report) => report;
    expect(cloud.events).toEqual(['container.container.oom', 'container.container.stopped']);
  });
});
