import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aCaller } from '#test/support/api.ts';
import { serveContainers, type ContainerApi } from './container-api.ts';

const as = aCaller('p1');
const stranger = aCaller('p2');
const SECRET = '00000000-0000-4000-8000-00000000000a';
const GONE = '00000000-0000-4000-8000-00000000000b';
const base64 = (text: string): string => Buffer.from(text).toString('base64');
let cloud: ContainerApi;
let count = 0;

beforeAll(async () => {
  cloud = await serveContainers();
  cloud.secretFakes.secrets.set(SECRET, 'battery staple');
});
afterAll(() => cloud[Symbol.asyncDispose]());

const volume = (change: object = {}) =>
  cloud.volumeFakes.add({
    id: `00000000-0000-4000-8000-0000000001${String(count++).padStart(2, '0')}`,
    ...change,
  });

const create = (fields: object, headers = {}) =>
  cloud.call('POST', '/containers', { as, body: { image: 'hello', ...fields }, headers });

async function created(fields: object): Promise<string> {
  const answer = await create(fields);
  expect(answer.status, answer.text).toBe(202);
  await cloud.settle();
  return answer.body.uuid;
}

/** A volume that is made is looked at again a moment later: whoever waits for it runs then. */
const running = (id: string) =>
  expect.poll(async () => {
    await cloud.settle();
    return (await cloud.call('GET', `/containers/${id}`, { as })).body.status;
  });

async function remove(id: string): Promise<void> {
  await cloud.call('DELETE', `/containers/${id}?stop=true`, { as });
  await cloud.settle();
  expect((await cloud.call('GET', `/containers/${id}`, { as })).status).toBe(404);
}

const mountsOf = (id: string) => cloud.node.container(id)?.spec.mounts;

describe('a volume', () => {
  it('by id or name is lent to the container, on the node that keeps it, and given back', async () => {
    const { id: source } = volume({ name: 'books' });
    const id = await created({ mounts: [{ source: 'books', destination: '/srv/books/' }] });
    expect(mountsOf(id)).toEqual([
      { kind: 'volume', volumeId: source, destination: '/srv/books', readOnly: false },
    ]);
    expect(cloud.placement.claims.get(id)?.host).toBe('node-1');
    expect([...cloud.volumeFakes.attachments.values()]).toMatchObject([
      { volumeId: source, consumer: id, host: 'node-1', mountpoint: '/srv/books', mode: 'rw' },
    ]);
    await remove(id);
    expect(cloud.volumeFakes.attachments.size).toBe(0);
    expect(cloud.volumeFakes.volumes.has(source)).toBe(true);
  });

  it('by size, as clients write it, is made with the container and goes with it', async () => {
    const before = cloud.volumeFakes.volumes.size;
    const id = await created({ name: 'web', mounts: [{ size: '2', destination: '/data' }] });
    await running(id).toBe('Created');
    const [mount] = mountsOf(id) ?? [];
    const made = mount?.kind === 'volume' && cloud.volumeFakes.volumes.get(mount.volumeId);
    expect(made).toMatchObject({ name: 'web:/data', size: 2, host: 'node-1' });
    await remove(id);
    expect(cloud.volumeFakes.volumes.size).toBe(before);
  });

  it('is read alone when that is asked for, or the volume is so', async () => {
    const [one, two] = [volume(), volume({ readOnly: true })];
    const id = await created({
      mounts: [
        { source: one.id, destination: '/a', read_only: true },
        { source: two.id, destination: '/b' },
      ],
    });
    expect(mountsOf(id)).toMatchObject([{ readOnly: true }, { readOnly: true }]);
    await remove(id);
  });

  it('in use is refused in Zun’s words, unless it is made for several', async () => {
    const [busy, shared] = [volume({ status: 'in-use' }), volume({ status: 'in-use', multiattach: true })];
    const refused = await create({ mounts: [{ source: busy.id, destination: '/data' }] });
    expect(refused.status).toBe(400);
    expect(refused.body.errors[0].detail).toBe(`Volume ${busy.id} not usable for the container.`);
    await remove(await created({ mounts: [{ source: shared.id, destination: '/data' }] }));
  });

  it('that is not there, elsewhere than another, or named twice is refused', async () => {
    const [here, there] = [volume(), volume({ host: 'node-2' })];
    const at = (source: string, destination: string) => ({ source, destination });
    expect((await create({ mounts: [at('nowhere', '/data')] })).status).toBe(404);
    expect((await create({ mounts: [at(here.id, '/a'), at(there.id, '/b')] })).status).toBe(400);
    expect((await create({ mounts: [at(here.id, '/a'), at(here.id, '/b')] })).status).toBe(400);
    expect((await create({ mounts: [at(volume({ host: null }).id, '/a')] })).status).toBe(400);
  });

  it('goes when the container could not be created', async () => {
    const before = cloud.volumeFakes.volumes.size;
    cloud.node.says = (report) => ({ ...report, status: 'error', failed: true, reason: 'no such user' });
    const id = await created({ mounts: [{ size: 1, destination: '/data' }] });
    await running(id).toBe('Error');
    cloud.node.says = (report) => report;
    expect(cloud.volumeFakes.volumes.size).toBe(before);
    expect(cloud.volumeFakes.attachments.size).toBe(0);
    await remove(id);
  });

  it('goes with a container that removes itself', async () => {
    const before = cloud.volumeFakes.volumes.size;
    const answer = await cloud.call('POST', '/containers?run=true', {
      as,
      body: { image: 'hello', auto_remove: true, mounts: [{ size: 1, destination: '/data' }] },
    });
    await running(answer.body.uuid).toBe('Running');
    cloud.node.says = (report) => ({ ...report, status: 'stopped', exitCode: 0 });
    await running(answer.body.uuid).toBeUndefined();
    cloud.node.says = (report) => report;
    expect(cloud.volumeFakes.volumes.size).toBe(before);
  });
});

describe('a file', () => {
  it('is put into the container with its content and rights, also inside a volume', async () => {
    const id = await created({
      mounts: [
        { source: volume().id, destination: '/data' },
        {
          type: 'bind',
          source: base64('x = 1'),
          destination: '/data/app.conf',
          mode: '0600',
          uid: 5,
          gid: 6,
        },
        { type: 'bind', source: '', destination: '/empty' },
      ],
    });
    const file = { kind: 'file', content: base64('x = 1'), destination: '/data/app.conf' };
    expect(mountsOf(id)).toMatchObject([
      { kind: 'volume' },
      { ...file, mode: 0o600, uid: 5, gid: 6 },
      { kind: 'file', content: '', mode: 0o644, uid: 0, gid: 0 },
    ]);
    await remove(id);
  });

  it('of more than 256 KiB with all others is refused', async () => {
    const half = { type: 'bind', source: Buffer.alloc(128 * 1024).toString('base64') };
    const files = [
      { ...half, destination: '/a' },
      { ...half, destination: '/b' },
    ];
    await remove(await created({ mounts: files }));
    const more = [...files, { type: 'bind', source: base64('x'), destination: '/c' }];
    expect((await create({ mounts: more })).status).toBe(400);
  });
});

describe('a secret', () => {
  const secrets = [{ source: `http://keys/v1/secrets/${SECRET}`, destination: '/run/password' }];
  const ask = (id: string, secret = SECRET, host = 'node-1') =>
    cloud.questions.ask(host, 'secret.get', { container: id, secret });

  it('is named to the node, which alone may ask for it, for the containers that it has', async () => {
    const id = await created({ secrets });
    expect(mountsOf(id)).toEqual([
      { kind: 'secret', secretId: SECRET, destination: '/run/password', mode: 0o444, uid: 0, gid: 0 },
    ]);
    expect(await ask(id)).toEqual({ payload: base64('battery staple') });
    await expect(ask(id, SECRET, 'node-2')).rejects.toMatchObject({ kind: 'not-found' });
    await expect(ask(id, GONE)).rejects.toMatchObject({ kind: 'not-found' });
    await remove(id);
    await expect(ask(id)).rejects.toMatchObject({ kind: 'not-found' });
  });

  it('lies in no row of containers and tasks', async () => {
    const id = await created({ secrets });
    for (const table of ['container', 'task', 'task_step', 'container_action']) {
      const rows = await cloud.database
        .handle<never>()
        .selectFrom(table as never)
        .selectAll()
        .execute();
      expect(JSON.stringify(rows)).not.toMatch(/battery staple|YmF0dGVyeSBzdGFwbGU/);
    }
    await remove(id);
  });

  it('that the user may not read, or that is none, is refused', async () => {
    const answer = await create({ secrets: [{ source: GONE, destination: '/a' }] });
    expect(answer.status).toBe(404);
  });

  it('that has gone since fails the container for good', async () => {
    cloud.secretFakes.secrets.set(GONE, 'short');
    const id = await created({ secrets: [{ source: GONE, destination: '/a' }] });
    cloud.secretFakes.secrets.delete(GONE);
    await expect(ask(id, GONE)).rejects.toMatchObject({ kind: 'bad-request' });
    await remove(id);
  });
});

describe('a secret in the environment', () => {
  const secrets = [{ source: `http://keys/v1/secrets/${SECRET}`, env: 'PASSWORD' }];

  it('is named to the node, which asks for it, and lies in no row and no answer', async () => {
    const id = await created({ secrets, environment: { USER: 'me' } });
    const spec = cloud.node.container(id)?.spec;
    expect(spec).toMatchObject({
      environment: { USER: 'me' },
      secretEnv: [{ name: 'PASSWORD', secretId: SECRET }],
    });
    expect(spec?.mounts).toBeUndefined();
    const asked = { container: id, secret: SECRET };
    const answer = { payload: base64('battery staple') };
    expect(await cloud.questions.ask('node-1', 'secret.get', asked)).toEqual(answer);
    await expect(cloud.questions.ask('node-2', 'secret.get', asked)).rejects.toMatchObject({
      kind: 'not-found',
    });
    const shown = (await cloud.call('GET', `/containers/${id}`, { as })).body;
    expect(shown.environment).toEqual({ USER: 'me' });
    const { mounts } = (await cloud.call('GET', `/containers/${id}/mounts`, { as })).body;
    expect(mounts).toEqual([{ type: 'secret', source: SECRET, env: 'PASSWORD' }]);
    const rows = await cloud.database
      .handle<never>()
      .selectFrom('container' as never)
      .selectAll()
      .execute();
    expect(JSON.stringify(rows)).not.toMatch(/battery staple|YmF0dGVyeSBzdGFwbGU/);
    await remove(id);
  });

  it.each([
    ['a name that is none', { env: 'PASS-WORD' }],
    ['a name that begins with a digit', { env: '1ST' }],
    ['no name', { env: '' }],
    ['a name and a place', { env: 'A', destination: '/a' }],
    ['neither', {}],
    ['rights', { env: 'A', mode: '0400' }],
    ['a name that is taken', { env: 'USER' }],
  ])('with %s is refused', async (_, fields) => {
    const answer = await create({ environment: { USER: 'me' }, secrets: [{ source: SECRET, ...fields }] });
    expect(answer.status).toBe(400);
  });

  it('twice by one name, or not the user’s to read, is refused', async () => {
    expect((await create({ secrets: [...secrets, ...secrets] })).status).toBe(400);
    expect((await create({ secrets: [{ source: GONE.replace('b', 'c'), env: 'A' }] })).status).toBe(404);
  });
});

describe('the mounts of a container', () => {
  it('are shown on a path of our own, without what is in them, to those who may see it', async () => {
    const { id: source } = volume();
    const id = await created({
      mounts: [
        { source, destination: '/data' },
        { type: 'bind', source: base64('x'), destination: '/file' },
      ],
      secrets: [{ source: SECRET, destination: '/secret', mode: '400' }],
    });
    const { body } = await cloud.call('GET', `/containers/${id}/mounts`, { as });
    expect(body.mounts).toEqual([
      { type: 'volume', source, size: null, destination: '/data', read_only: false },
      { type: 'bind', source: null, destination: '/file', mode: '0644', uid: 0, gid: 0 },
      { type: 'secret', source: SECRET, destination: '/secret', mode: '0400', uid: 0, gid: 0 },
    ]);
    expect((await cloud.call('GET', `/containers/${id}/mounts`, { as: stranger })).status).toBe(404);
    const shown = (await cloud.call('GET', `/containers/${id}`, { as })).body;
    expect(Object.keys(shown)).not.toContain('mounts');
    await remove(id);
  });
});

describe('bad input', () => {
  const source = base64('x');
  it.each([
    ['nothing to mount', { destination: '/data' }],
    ['both source and size', { source: 'v', size: 1, destination: '/data' }],
    ['no destination', { size: 1 }],
    ['a size of nothing', { size: 0, destination: '/data' }],
    ['a new volume that nobody can write', { size: 1, destination: '/data', read_only: true }],
    ['another type', { type: 'tmpfs', size: 1, destination: '/data' }],
    ['an unknown field', { size: 1, destination: '/data', host: '/etc' }],
    ['rights of a volume', { size: 1, destination: '/data', mode: '0644' }],
    ['the root', { size: 1, destination: '/' }],
    ['/proc', { size: 1, destination: '/proc/sys' }],
    ['/sys', { type: 'bind', source, destination: '/sys/power/state' }],
    ['/dev', { type: 'bind', source, destination: '//dev/sda' }],
    ['a climb', { type: 'bind', source, destination: '/data/../../etc/shadow' }],
    ['a relative path', { type: 'bind', source, destination: 'etc/app' }],
    ['a file that is no base64', { type: 'bind', source: 'plain text!', destination: '/a' }],
    ['a file with a size', { type: 'bind', source, size: 1, destination: '/a' }],
    ['setuid', { type: 'bind', source, destination: '/a', mode: '4755' }],
    ['a mode that is none', { type: 'bind', source, destination: '/a', mode: '999' }],
    ['an owner below nobody', { type: 'bind', source, destination: '/a', uid: -1 }],
  ])('%s is refused', async (_, mount) => {
    expect((await create({ mounts: [mount] })).status).toBe(400);
  });

  it('two things at one place are refused, and mounts before 1.11', async () => {
    const file = { type: 'bind', source, destination: '/a' };
    expect((await create({ mounts: [file, { ...file, destination: '/a/' }] })).status).toBe(400);
    expect((await create({ mounts: [file], secrets: [{ source: SECRET, destination: '/a' }] })).status).toBe(
      400,
    );
    const old = { 'openstack-api-version': 'container 1.10' };
    expect((await create({ mounts: [file] }, old)).status).toBe(400);
  });
});
