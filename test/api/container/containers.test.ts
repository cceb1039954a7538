import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { aCaller, anAdmin } from '#test/support/api.ts';
import { fakeImage, fakeNetwork, fakePort } from '#test/support/fake-ports.ts';
import { serveContainers, type ContainerApi } from './container-api.ts';

const as = aCaller('p1');
const admin = anAdmin();
let cloud: ContainerApi;

beforeEach(async () => {
  cloud = await serveContainers();
});
afterEach(() => cloud[Symbol.asyncDispose]());

const create = (body: object = {}, path = '/containers?run=true', headers = {}) =>
  cloud.call('POST', path, { as, body: { image: 'hello', name: 'web', ...body }, headers });
const version = (text: string) => ({ 'openstack-api-version': `container ${text}` });

async function running(body: object = {}): Promise<string> {
  const { uuid } = (await create(body)).body;
  await cloud.settle();
  return uuid;
}
const show = async (id: string) => (await cloud.call('GET', `/containers/${id}`, { as })).body;

const offerRuntimes = (runtimes: readonly string[]) => (cloud.node.runtimes = runtimes);

describe('creating a container', () => {
  it('answers at once, then plugs and runs it', async () => {
    const answer = await create({
      command: ['echo', 'hi'],
      cpu: '0.5',
      memory: '64',
      environment: { A: 'b' },
    });
    expect(answer.status).toBe(202);
    expect(answer.body).toMatchObject({ status: 'Creating', cpu: 0.5, memory: '64', addresses: {} });
    expect(answer.headers['location']).toBe(`http://cloud.test/container/v1/containers/${answer.body.uuid}`);
    await cloud.settle();
    const shown = await show(answer.body.uuid);
    expect(shown).toMatchObject({
      status: 'Running',
      task_state: null,
      command: ['echo', 'hi'],
      ports: [80],
      hostname: 'web',
      restart_policy: { Name: 'no', MaximumRetryCount: '0' },
    });
    expect(shown.status_detail).toMatch(/^Up /);
    expect(shown.security_groups).toHaveLength(1);
    const [addresses] = Object.values(shown.addresses) as [{ addr: string; preserve_on_delete: boolean }[]];
    expect(addresses).toMatchObject([{ version: 4, preserve_on_delete: false }]);
    expect(shown).not.toHaveProperty('host');
    expect(cloud.events).toEqual([
      'container.action.create',
      'container.container.creating',
      'container.container.running',
    ]);
  });

  it('without run leaves it Created, by the name the cloud invents', async () => {
    const { body } = await create({ name: null }, '/containers/');
    expect(body.name).toMatch(/^[a-z]+-\d+-container$/);
    await cloud.settle();
    expect(await show(body.uuid)).toMatchObject({ status: 'Created', status_detail: 'Created' });
  });

  it('takes everything that the upstream client always sends', async () => {
    const body = {
      environment: {},
      labels: {},
      hints: {},
      nets: [],
      mounts: [],
      auto_remove: false,
      command: [],
      interactive: 'False',
      restart_policy: { Name: 'on-failure', MaximumRetryCount: '3' },
    };
    const answer = await create(body);
    expect(answer.status).toBe(202);
    expect(answer.body.restart_policy).toEqual({ Name: 'on-failure', MaximumRetryCount: '3' });
  });

  it('keeps the port that the user gave', async () => {
    cloud.networks.ports.set('port-1', fakePort('port-1', { preserved: true }));
    const id = await running({ nets: [{ port: 'port-1' }] });
    expect(cloud.networks.ports.get('port-1')?.deviceId).toBe(id);
    await cloud.call('DELETE', `/containers/${id}?stop=True`, { as });
    await cloud.settle();
    expect(cloud.networks.ports.get('port-1')?.deviceId).toBe('');
  });

  it('refuses bad fields and keeps nothing', async () => {
    const bad: object[] = [
      { name: 'x' },
      { name: '-x' },
      { image: 'a' },
      { image: 7 },
      { cpu: 17 },
      { cpu: 'much' },
      { memory: 3 },
      { disk: 161 },
      { command: 'echo hi' },
      { environment: { A: 1 } },
      { image_driver: 'floppy' },
      { restart_policy: { Name: 'sometimes' } },
      { restart_policy: { Name: 'always', MaximumRetryCount: 2 } },
      { nets: [{}] },
      { nets: [{ network: 'private', port: 'p' }] },
      { nets: [{ network: 'private', speed: 1 }] },
      { hostname: 'a b' },
      { colour: 'red' },
      { mounts: [{ destination: '/a' }] },
      { healthcheck: { interval: 5 } },
      { healthcheck: { cmd: 'true', retries: 101 } },
      { healthcheck: { cmd: 'true', pause: 5 } },
      { registry: 'mine' },
      { exposed_ports: { '80': { host: 80 } } },
      { cpu_policy: 'dedicated' },
      { image: 'nowhere' },
    ];
    for (const body of bad) {
      const answer = await create(body);
      expect([JSON.stringify(body), answer.status]).toEqual([JSON.stringify(body), 400]);
      expect(answer.body.errors).toMatchObject([{ status: 400, title: expect.stringMatching(/.+/) }]);
    }
    expect((await cloud.call('GET', '/containers', { as })).body.containers).toEqual([]);
  });

  it('has CPUs to itself where it says so, whole ones and for good', async () => {
    const made = await create({ image: 'hello', cpu_policy: 'dedicated', cpu: 2 });
    expect([made.status, made.body.cpu_policy]).toEqual([202, 'dedicated']);
    const { uuid } = made.body;
    await cloud.settle();
    expect(cloud.placement.claims.get(uuid)).toMatchObject({ dedicatedCpus: 2, resources: { cpu: 0 } });
    const cpuset = { cpus: [4, 5], mems: [1] };
    expect(cloud.node.objects.get(uuid)).toMatchObject({ spec: { resources: { cpu: null, cpuset } } });
    const change = await cloud.call('PATCH', `/containers/${uuid}`, { as, body: { cpu: 3 } });
    expect(change.status).toBe(400);
    const more = await cloud.call('PATCH', `/containers/${uuid}`, { as, body: { memory: 600 } });
    expect(more.status).toBe(200);
    expect(cloud.node.objects.get(uuid)).toMatchObject({ spec: { resources: { cpuset, memory: 600 } } });
    expect((await create({ image: 'hello', cpu_policy: 'dedicated', cpu: 1.5 })).status).toBe(400);
    await cloud.call('DELETE', `/containers/${uuid}?force=true`, { as: admin });
    await cloud.settle();
  });

  it('has a disk of the size that it asks for, where its runtime can bound it', async () => {
    const made = await create({ image: 'hello', disk: 3 });
    expect([made.status, made.body.disk]).toEqual([202, 3]);
    await cloud.settle();
    expect(cloud.placement.claims.get(made.body.uuid)).toMatchObject({ resources: { disk: 3 } });
    expect(cloud.node.objects.get(made.body.uuid)).toMatchObject({ spec: { resources: { disk: 3 } } });
    await cloud.call('DELETE', `/containers/${made.body.uuid}?force=true`, { as: admin });
    await cloud.settle();
  });

  it('refuses fields that are newer than the version', async () => {
    const at = (text: string, body: object) => create(body, '/containers', version(text));
    expect((await at('1.2', { auto_remove: true })).status).toBe(400);
    expect((await at('1.3', { auto_remove: true })).status).toBe(202);
    expect((await at('1.38', { host: 'node-1' })).status).toBe(400);
    expect((await at('1.39', { entrypoint: ['/x'] })).status).toBe(400);
    expect((await at('1.19', { command: 'sh -c "a b"' })).body.command).toEqual(['sh', '-c', 'a b']);
    expect((await at('1.19', { command: ['sh'] })).status).toBe(400);
    expect((await at('1.35', { interactive: true })).body.tty).toBe(true);
    expect((await at('1.36', { interactive: true })).body.tty).toBe(false);
  });

  it('leaves to administrators what is theirs', async () => {
    cloud.networks.networks.push(fakeNetwork('public', { external: true }));
    const bodies = [
      { host: 'node-1' },
      { runtime: 'crun' },
      { image_pull_policy: 'never' },
      { privileged: 'true' },
      { nets: [{ network: 'public' }] },
    ];
    for (const body of bodies) expect((await create(body)).status).toBe(403);
    const asAdmin = (body: object) =>
      cloud.call('POST', '/containers', { as: admin, body: { image: 'hello', ...body } });
    expect((await asAdmin({ host: 'node-1', runtime: 'crun' })).body).toMatchObject({ runtime: 'crun' });
    expect((await asAdmin({ host: 'nowhere' })).status).toBe(404);
    const unknown = await asAdmin({ runtime: 'runq' });
    expect(unknown.status).toBe(400);
    expect(JSON.stringify(unknown.body)).toContain('No host offers the runtime runq; there are: crun.');
    expect((await asAdmin({ privileged: true })).status).toBe(403);
  });

  describe('of a project that may not share a kernel', () => {
    const isolate = (offered: string[]) => {
      cloud.policy.override(new Map([['container:create:shared_kernel', '!']]));
      offerRuntimes(offered);
    };

    it('runs in a machine of its own, though it asks for nothing', async () => {
      isolate(['clear', 'crun']);
      const made = await create({ image: 'hello' });
      expect(made.status).toBe(202);
      await cloud.settle();
      expect(cloud.node.objects.get(made.body.uuid)).toMatchObject({ spec: { runtime: 'clear' } });
    });

    it('is refused another runtime, for an administrator too, and takes the name of other clouds', async () => {
      isolate(['clear', 'crun']);
      const as = (runtime: string) =>
        cloud.call('POST', '/containers', { as: admin, body: { image: 'hello', runtime } });
      const refused = await as('crun');
      expect(refused.status).toBe(403);
      expect(JSON.stringify(refused.body)).toContain('crun would share a kernel');
      expect((await as('kata')).body).toMatchObject({ runtime: 'clear' });
    });

    it('is refused where no host has such machines', async () => {
      isolate(['crun']);
      const refused = await create({ image: 'hello' });
      expect(refused.status).toBe(400);
      expect(JSON.stringify(refused.body)).toContain('No host offers the runtime clear; there are: crun.');
    });
  });

  it('gets a machine of its own without leave', async () => {
    offerRuntimes(['clear', 'crun']);
    for (const runtime of ['clear', 'kata']) {
      const { uuid } = (await create({ runtime })).body;
      await cloud.settle();
      expect(cloud.node.objects.get(uuid)).toMatchObject({ spec: { runtime: 'clear' } });
    }
  });

  it('refuses what its neighbours do not know, a port in use, and another media type', async () => {
    cloud.networks.ports.set('used', fakePort('used', { deviceId: 'vm' }));
    expect((await create({ nets: [{ network: 'nowhere' }] })).status).toBe(404);
    expect((await create({ nets: [{ port: 'used' }] })).status).toBe(400);
    expect((await create({ security_groups: ['nobody'] })).status).toBe(404);
    const headers = { 'content-type': 'text/plain' };
    expect((await create({}, '/containers', headers)).status).toBe(415);
    cloud.networks.networks.length = 0;
    expect((await create()).status).toBe(400);
  });

  it('ends in Error with the reason, and nothing is left', async () => {
    cloud.placement.slots = 0;
    const { uuid } = (await create()).body;
    await cloud.settle();
    expect(await show(uuid)).toMatchObject({
      status: 'Error',
      status_reason: 'There are not enough hosts available.',
      task_state: null,
    });
    cloud.images.images.push(fakeImage('empty', { status: 'queued', hash: null }));
    const empty = (await create({ image: 'empty' })).body.uuid;
    await cloud.settle();
    expect((await show(empty)).status_reason).toMatch(/no data/);
    const { body } = await cloud.call('GET', `/containers/${empty}/container_actions`, { as });
    expect(body.containerActions).toMatchObject([{ action: 'create', message: 'Error' }]);
  });

  it('undoes what it made when the node cannot run it; start then tries again', async () => {
    cloud.node.says = (report) => ({ ...report, status: 'error', failed: true, reason: 'no such program' });
    const id = await running();
    expect(await show(id)).toMatchObject({
      status: 'Error',
      status_reason: 'no such program',
      addresses: {},
    });
    expect([cloud.networks.ports.size, cloud.placement.claims.size, cloud.node.objects.size]).toEqual([
      0, 0, 0,
    ]);
    cloud.node.says = (report) => report;
    expect((await cloud.call('POST', `/containers/${id}/start`, { as })).status).toBe(202);
    await cloud.settle();
    expect(await show(id)).toMatchObject({ status: 'Running', status_reason: null });
  });
});

describe('listing containers', () => {
  it('pages, sorts and filters', async () => {
    for (const name of ['aa', 'bb', 'cc']) await create({ name }, '/containers');
    const list = async (query: string) => (await cloud.call('GET', `/containers/?${query}`, { as })).body;
    const names = ({ containers }: { containers: { name: string }[] }) => containers.map(({ name }) => name);
    const first = await list('limit=2&sort_key=name&sort_dir=desc');
    expect(names(first)).toEqual(['cc', 'bb']);
    const second = await list(first.next.split('?')[1]);
    expect(names(second)).toEqual(['aa']);
    expect(second.next).toBeNull();
    expect(names(await list('name=bb'))).toEqual(['bb']);
    expect(names(await list('status=Creating&image=hello&memory=512&auto_remove=False'))).toHaveLength(3);
    expect(names(await list('status=Running&task_state=None'))).toEqual([]);
    expect((await list('name=aa')).containers[0]).not.toHaveProperty('links');
  });

  it('shows only the own project, all of them to administrators', async () => {
    await running();
    const stranger = aCaller('p2');
    expect((await cloud.call('GET', '/containers', { as: stranger })).body.containers).toEqual([]);
    expect((await cloud.call('GET', '/containers?all_projects=1', { as: stranger })).status).toBe(403);
    const all = await cloud.call('GET', '/containers?all_projects=1', { as: admin });
    expect(all.body.containers).toMatchObject([{ name: 'web', host: 'node-1' }]);
    expect((await cloud.call('GET', '/containers?host=node-1', { as })).status).toBe(403);
  });

  it('refuses unknown and wrong parameters', async () => {
    for (const query of [
      'colour=red',
      'limit=0',
      'limit=x',
      'sort_key=cpu',
      'sort_dir=up',
      'auto_remove=maybe',
    ])
      expect((await cloud.call('GET', `/containers?${query}`, { as })).status).toBe(400);
    expect((await cloud.call('GET', '/containers?marker=nobody', { as })).status).toBe(404);
  });
});

describe('one container', () => {
  it('is found by id and by name, with and without the version in the path', async () => {
    const id = await running();
    expect((await show('web')).uuid).toBe(id);
    const bare = await cloud.api.get(`/container//containers/${id}/?all_projects=False`, { as });
    expect(bare.body.links[0].href).toBe(`http://cloud.test/container/v1/containers/${id}`);
  });

  it('is not shown to strangers, nor guessed from an ambiguous name', async () => {
    const id = await running();
    const stranger = aCaller('p2');
    for (const [method, path] of [
      ['GET', ''],
      ['DELETE', ''],
      ['POST', '/start'],
      ['GET', '/logs'],
    ] as const) {
      const answer = await cloud.call(method, `/containers/${id}${path}`, { as: stranger });
      expect(answer.status).toBe(404);
      expect(answer.body.errors[0]).toMatchObject({ code: 'container.not-found', status: 404 });
    }
    expect((await cloud.call('GET', `/containers/${id}`)).status).toBe(401);
    await create();
    expect((await cloud.call('GET', '/containers/web', { as })).status).toBe(409);
  });

  it('is renamed and resized, which is sent to the node', async () => {
    const id = await running();
    const body = { name: 'site', cpu: '2', memory: '128', auto_heal: true };
    const answer = await cloud.call('PATCH', `/containers/${id}`, { as, body });
    expect(answer.body).toMatchObject({
      name: 'site',
      cpu: 2,
      memory: '128',
      auto_heal: true,
      status: 'Running',
    });
    expect(cloud.node.objects.get(id)).toMatchObject({ generation: 2, spec: { resources: { cpu: 2 } } });
    for (const wrong of [{ cpu: 99 }, { image: 'x' }, { name: '' }])
      expect((await cloud.call('PATCH', `/containers/${id}`, { as, body: wrong })).status).toBe(400);
  });

  it('lists its networks in the form of the version', async () => {
    const id = await running();
    const list = (headers = {}) => cloud.call('GET', `/containers/${id}/network_list`, { as, headers });
    expect((await list()).body.networks).toMatchObject([{ fixed_ips: [{ version: 4 }] }]);
    expect((await list(version('1.17'))).body.networks).toMatchObject([{ version: 4 }]);
    expect((await list(version('1.12'))).status).toBe(406);
  });
});

describe('deleting a container', () => {
  const remove = (id: string, query = '', caller = as, headers = {}) =>
    cloud.call('DELETE', `/containers/${id}${query}`, { as: caller, headers });

  it('leaves nothing behind, and answers 404 after', async () => {
    const id = await running();
    expect((await remove(id, '?force=False&stop=True&all_projects=False')).status).toBe(204);
    expect(await show(id)).toMatchObject({ status: 'Deleting', task_state: 'container_deleting' });
    await cloud.settle();
    expect((await cloud.call('GET', `/containers/${id}`, { as })).status).toBe(404);
    expect([cloud.networks.ports.size, cloud.placement.claims.size, cloud.node.objects.size]).toEqual([
      0, 0, 0,
    ]);
  });

  it('stops it first, for its process to end in its own way', async () => {
    const id = await running();
    await remove(id, '?stop=True');
    await cloud.tasks.idle();
    expect(cloud.node.objects.get(id)).toMatchObject({ spec: { power: { state: 'stopped' } } });
  });

  it('does not wait for the end of what does not run', async () => {
    const id = await running();
    cloud.node.says = (report) => ({ ...report, status: 'error', reason: 'will try again' });
    await cloud.settle();
    expect(await show(id)).toMatchObject({ status: 'Error', status_reason: 'will try again' });
    await remove(id, '?stop=True');
    await cloud.settle();
    expect((await cloud.call('GET', `/containers/${id}`, { as })).status).toBe(404);
  });

  it('is refused while it runs, and forced by administrators alone', async () => {
    const id = await running();
    const refused = await remove(id);
    expect(refused.status).toBe(409);
    expect(refused.body.errors[0].title).toBe(`Cannot delete container ${id} in Running state.`);
    expect((await remove(id, '?force=True')).status).toBe(403);
    expect((await remove(id, '?stop=True', as, version('1.11'))).status).toBe(400);
    expect((await remove(id, '?colour=red')).status).toBe(400);
    expect((await remove(id, '?force=True', admin)).status).toBe(204);
  });

  it('does not wait for a node that is away; it goes with the next full sync', async () => {
    const id = await running();
    cloud.node.away = true;
    await remove(id, '?stop=True');
    await cloud.settle();
    expect((await cloud.call('GET', `/containers/${id}`, { as })).status).toBe(404);
    await cloud.node.sync(cloud.desired);
    expect(cloud.node.objects.size).toBe(0);
  });

  it('ends a creation that is under way', async () => {
    const { uuid } = (await create()).body;
    await cloud.tasks.idle();
    expect((await remove(uuid)).status).toBe(409);
    expect((await remove(uuid, '?force=1', admin)).status).toBe(204);
    await cloud.settle();
    expect((await cloud.call('GET', `/containers/${uuid}`, { as })).status).toBe(404);
    expect([cloud.networks.ports.size, cloud.placement.claims.size, cloud.node.objects.size]).toEqual([
      0, 0, 0,
    ]);
  });

  it('happens by itself when it ends, where that was asked for', async () => {
    const id = await running({ auto_remove: true });
    cloud.node.says = (report) => ({ ...report, status: 'stopped', exitCode: 3 });
    await cloud.settle();
    expect((await cloud.call('GET', `/containers/${id}`, { as })).status).toBe(404);
    expect(cloud.placement.claims.size).toBe(0);
  });
});

describe('what a node reports', () => {
  it('shows how a process ended', async () => {
    const id = await running();
    cloud.node.says = (report) => ({
      ...report,
      status: 'stopped',
      exitCode: 1,
      finishedAt: new Date().toISOString(),
    });
    await cloud.settle();
    expect(await show(id)).toMatchObject({
      status: 'Stopped',
      status_detail: expect.stringMatching(/^Exited\(1\) \d+ seconds ago \(error\)$/),
    });
  });

  it('says so of a container that vanished, and makes it again', async () => {
    const id = await running();
    cloud.node.objects.clear();
    await cloud.node.report(cloud.desired, true);
    expect(await show(id)).toMatchObject({
      status: 'Stopped',
      status_reason: expect.stringMatching(/No such container/),
    });
    await cloud.node.sync(cloud.desired);
    expect(await show(id)).toMatchObject({ status: 'Running', status_reason: null });
  });

  it('counts for nothing from a node that does not have the container', async () => {
    const id = await running();
    const reports = cloud.node.reports().map((report) => ({ ...report, status: 'stopped' }));
    await cloud.desired.observed('stranger', reports as never, [], true);
    expect((await show(id)).status).toBe('Running');
  });
});
