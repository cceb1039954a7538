import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { aCaller, anAdmin } from '#test/support/api.ts';
import { fakeImage } from '#test/support/fake-ports.ts';
import { serveContainers, type ContainerApi } from './container-api.ts';

const as = aCaller('p1');
const stranger = aCaller('p2');
const admin = anAdmin();
let cloud: ContainerApi;

beforeEach(async () => {
  cloud = await serveContainers();
});
afterEach(() => cloud[Symbol.asyncDispose]());

interface Parts {
  readonly metadata?: object;
  readonly spec?: object;
  readonly template?: object;
}

const template = ({ metadata, spec, ...rest }: Parts = {}) => ({
  template: {
    kind: 'capsule',
    metadata: { name: 'pod', ...metadata },
    spec: { containers: [{ image: 'hello' }], ...spec },
    ...rest.template,
  },
});
const version = (text: string) => ({ 'openstack-api-version': `container ${text}` });
const create = (parts: Parts = {}, headers = {}) =>
  cloud.call('POST', '/capsules/', { as, body: template(parts), headers });
const show = async (id: string, headers = {}) =>
  (await cloud.call('GET', `/capsules/${id}`, { as, headers })).body;

async function running(parts: Parts = {}, headers = {}) {
  const { body } = await create(parts, headers);
  await cloud.settle();
  return body;
}

/** As nodes do it: those that others come after end with this code (undefined: run on), and then those start. */
function initsEnd(exitCode: number | undefined): void {
  const specs = () =>
    [...cloud.node.objects.values()].flatMap((one) => (one.kind === 'container' ? one.spec : []));
  cloud.node.says = (report) => {
    const isInit = specs().some(({ after }) => after?.includes(report.id));
    if (isInit && exitCode !== undefined) return { ...report, status: 'stopped', exitCode };
    if (isInit || exitCode === 0) return report;
    return { ...report, status: 'created', epoch: 0, reason: 'waiting' };
  };
}

describe('what templates have that Zun does not know', () => {
  const specs = () =>
    [...cloud.node.objects.values()].flatMap((one) => (one.kind === 'container' ? one.spec : []));
  const probes = { live: { tcp: { port: 80 } } };

  it('gives members the probes of containers', async () => {
    await running({ spec: { containers: [{ image: 'hello', probes }, { image: 'hello' }] } });
    const given = specs().map((spec) => spec.probes?.live?.means);
    expect(given).toEqual(expect.arrayContaining([{ kind: 'tcp', port: 80 }, undefined]));
  });

  it.each([
    ['probes of init containers', { spec: { initContainers: [{ image: 'hello', probes }] } }],
    ['a probe without means', { spec: { containers: [{ image: 'hello', probes: { live: {} } }] } }],
  ])('refuses %s', async (_what, parts) => {
    expect((await create(parts)).status).toBe(400);
  });

  it('is refused more than one container where each is a machine of its own', async () => {
    cloud.node.runtimes = ['clear', 'crun'];
    const containers = [{ image: 'hello' }, { image: 'hello' }];
    expect((await create({ template: { runtime: 'clear' } })).status).toBe(202);
    const refused = await create({ template: { runtime: 'clear' }, spec: { containers } });
    expect(JSON.stringify(refused.body)).toContain('has one container beside its init containers');
  });

  it('runs all members in the runtime that an administrator names', async () => {
    const runtime = 'crun';
    const parts = { template: { runtime }, spec: { initContainers: [{ image: 'hello' }] } };
    const asked = await cloud.call('POST', '/capsules/', { as: admin, body: template(parts) });
    expect(asked.status).toBe(202);
    await cloud.settle();
    expect(specs().map((spec) => spec.runtime)).toEqual([runtime, runtime]);
    const unknown = { as: admin, body: template({ template: { runtime: 'nothing' } }) };
    expect((await cloud.call('POST', '/capsules/', unknown)).status).toBe(400);
  });
});

describe('creating a capsule', () => {
  it('answers at once, then runs its members in one sandbox on one port', async () => {
    const answer = await create({ spec: { containers: [{ image: 'hello' }, { image: 'hello' }] } });
    expect(answer.status).toBe(202);
    expect(answer.headers['location']).toBe(`http://cloud.test/container/v1/capsules/${answer.body.uuid}`);
    expect(answer.body).toMatchObject({ status: 'Creating', name: 'pod', addresses: {} });
    await cloud.settle();
    const shown = await show(answer.body.uuid);
    expect(shown).toMatchObject({
      status: 'Running',
      status_reason: null,
      cpu: 2,
      memory: '1024',
      labels: {},
      annotations: {},
      restart_policy: { Name: 'always', MaximumRetryCount: '0' },
      init_containers: [],
      containers: [
        { status: 'Running', hostname: 'pod' },
        { status: 'Running', hostname: 'pod' },
      ],
    });
    expect(Object.values(shown.addresses)).toHaveLength(1);
    for (const member of shown.containers) {
      expect(member).not.toHaveProperty('links');
      expect(member.name).toMatch(/^capsule-pod-[a-z]+-\d+-container$/);
      expect(member.addresses).toEqual(shown.addresses);
      expect(cloud.node.container(member.uuid)?.spec).toMatchObject({ sandboxId: shown.uuid });
    }
    expect(cloud.networks.ports.size).toBe(1);
    expect(cloud.placement.claims.get(shown.uuid)?.resources).toEqual({ cpu: 2, memory: 1024, disk: 0 });
    expect(cloud.events.filter((type) => type.includes('capsule'))).toEqual([
      'container.capsule.creating',
      'container.capsule.created',
    ]);
  });

  it('makes of the fields of a member what a container has', async () => {
    const member = {
      image: 'hello',
      name: 'web',
      command: ['sh', '-c'],
      args: ['echo "$A"'],
      env: { A: 'b' },
      workDir: '/srv',
      resources: { requests: { cpu: 0.5, memory: 64 } },
      imagePullPolicy: 'IfNotPresent',
      stdin: true,
      tty: true,
    };
    const labels = { app: 'web' };
    const parts = { metadata: { labels, annotations: { note: 'x' } }, spec: { containers: [member] } };
    const { uuid } = await running({
      ...parts,
      template: { restartPolicy: 'OnFailure', availabilityZone: 'nova' },
    });
    const shown = (await cloud.call('GET', `/capsules/${uuid}?all_projects=true`, { as: admin })).body;
    expect(shown).toMatchObject({
      labels,
      annotations: { note: 'x' },
      cpu: 0.5,
      memory: '64',
      host: 'node-1',
      restart_policy: { Name: 'on-failure' },
      containers: [
        {
          command: ['sh', '-c', 'echo "$A"'],
          environment: { A: 'b' },
          workdir: '/srv',
          interactive: true,
          tty: true,
          image_pull_policy: 'ifnotpresent',
          restart_policy: { Name: 'on-failure', MaximumRetryCount: '0' },
        },
      ],
    });
  });

  it('lets in the ports of its members, each once, by a group of its own', async () => {
    const ports = [
      { containerPort: 80, hostPort: 8080 },
      { containerPort: '80', protocol: 'TCP' },
      { containerPort: 53, protocol: 'UDP' },
    ];
    const { uuid } = await running({ spec: { containers: [{ image: 'hello', ports }] } });
    expect(cloud.networks.open.get(`zun-${uuid}`)).toEqual([
      { protocol: 'tcp', port: 80 },
      { protocol: 'udp', port: 53 },
    ]);
    const [port] = cloud.networks.ports.values();
    expect(port?.securityGroups).toEqual((await show(uuid)).containers[0].security_groups);
    await running({ spec: { containers: [{ image: 'hello', ports }] } }, version('1.34'));
    expect(cloud.networks.open.size).toBe(1);
  });

  it.each([
    ['1.15', 'OnFailure', 'Never', 'on-failure'],
    ['1.16', 'OnFailure', 'Never', 'no'],
    ['1.40', 'OnFailure', undefined, 'on-failure'],
    ['1.40', undefined, undefined, 'always'],
  ])(
    'in version %s takes the policy %s beside the spec and %s in it as %s',
    async (number, beside, inside, is) => {
      const parts = {
        spec: inside && { restartPolicy: inside },
        template: beside && { restartPolicy: beside },
      };
      const { uuid } = await running(parts as Parts, version(number));
      expect((await show(uuid)).restart_policy.Name).toBe(is);
    },
  );

  it('counts its members in the quota', async () => {
    await cloud.call('PUT', '/quotas/p1', { as: admin, body: { containers: 3 } });
    const two = { spec: { containers: [{ image: 'hello' }, { image: 'hello' }] } };
    expect((await create(two)).status).toBe(202);
    const refused = await create(two);
    expect([refused.status, refused.body.errors[0].code]).toEqual([403, 'container.quota-exceeded']);
    expect((await cloud.call('GET', '/quotas/p1?usages=true', { as })).body.containers).toEqual({
      limit: 3,
      in_use: 2,
    });
  });

  it('that cannot be placed is in Error, with the reason, and owns nothing', async () => {
    cloud.placement.slots = 0;
    const { uuid } = await running();
    expect(await show(uuid)).toMatchObject({
      status: 'Error',
      status_reason: 'There are not enough hosts available.',
      containers: [{ status: 'Error' }],
    });
    expect(cloud.networks.ports.size).toBe(0);
  });

  it('one member of which cannot be made is in Error, and nothing of it stays', async () => {
    cloud.node.says = (report) => ({ ...report, status: 'error', failed: true, reason: 'no such program' });
    const { uuid } = await running();
    const shown = await show(uuid);
    expect(shown).toMatchObject({ status: 'Error', addresses: {} });
    expect(shown.status_reason).toContain('no such program');
    expect([cloud.node.objects.size, cloud.networks.ports.size]).toEqual([0, 0]);
  });
});

describe('init containers', () => {
  const spec = {
    initContainers: [
      { image: 'hello', resources: { requests: { cpu: 3, memory: 32 } } },
      { image: 'hello', resources: { requests: { cpu: 1, memory: 32 } } },
    ],
    containers: [{ image: 'hello', resources: { requests: { cpu: 1, memory: 64 } } }],
  };

  it('run one after the other before the others, and need no more than the most of them', async () => {
    initsEnd(0);
    const { uuid } = await running({ spec });
    await cloud.settle();
    const shown = await show(uuid);
    expect(shown).toMatchObject({ status: 'Running', cpu: 3, memory: '64' });
    const [first, second] = shown.init_containers;
    const after = (id: string) => cloud.node.container(id)?.spec.after;
    expect([first, second, ...shown.containers].map(({ uuid: id }) => after(id))).toEqual([
      undefined,
      [first.uuid],
      [second.uuid],
    ]);
    expect(first.restart_policy).toEqual({ Name: 'on-failure', MaximumRetryCount: '10' });
  });

  it('keep the capsule Creating while they run', async () => {
    initsEnd(undefined);
    const { uuid } = await running({ spec });
    expect(await show(uuid)).toMatchObject({
      status: 'Creating',
      init_containers: [{ status: 'Running' }, {}],
    });
  });

  it('that fail put the capsule in Error, with the exit code', async () => {
    initsEnd(3);
    const { uuid } = await running({ spec });
    const shown = await show(uuid);
    expect(shown.status).toBe('Error');
    expect(shown.status_reason).toMatch(/^Init container capsule-pod-\S+ ended with exit code 3\.$/);
    expect(cloud.node.objects.size).toBe(0);
  });
});

describe('a capsule', () => {
  it('has the names of its fields by version', async () => {
    const { uuid } = await running({ metadata: { labels: { a: 'b' } } });
    const old = await show(uuid, version('1.31'));
    expect(old).toMatchObject({
      meta_name: 'pod',
      meta_labels: { a: 'b' },
      restart_policy: 'always',
      volumes_info: {},
      containers_uuids: [old.containers[0].uuid],
      init_containers_uuids: [],
      capsule_version: '',
    });
    expect(old).not.toHaveProperty('name');
    expect(await show(uuid, version('1.32'))).not.toHaveProperty('meta_name');
  });

  it('is what its members are', async () => {
    const { uuid } = await running({ spec: { containers: [{ image: 'hello' }, { image: 'hello' }] } });
    const [first] = (await show(uuid)).containers;
    const says = (only: string | null, status: 'stopped' | 'restarting') => {
      cloud.node.says = (report) =>
        only === null || report.id === only ? { ...report, status, exitCode: 1 } : report;
      return cloud.settle();
    };
    await says(first.uuid, 'stopped');
    expect((await show(uuid)).status).toBe('Running');
    await says(null, 'restarting');
    expect((await show(uuid)).status).toBe('Running');
    await says(null, 'stopped');
    expect((await show(uuid)).status).toBe('Stopped');
  });

  it('is found by name, listed in pages, and not among the containers', async () => {
    const ids: string[] = [];
    for (const name of ['one', 'two', 'two']) ids.push((await create({ metadata: { name } })).body.uuid);
    expect((await show('one')).uuid).toBe(ids[0]);
    expect((await cloud.call('GET', '/capsules/two', { as })).status).toBe(409);
    const first = (await cloud.call('GET', '/capsules/?limit=2', { as })).body;
    expect(first.capsules.map(({ uuid }: { uuid: string }) => uuid)).toEqual(ids.slice(0, 2));
    const { pathname, search } = new URL(first.next);
    const second = (await cloud.call('GET', `${pathname.replace('/container/v1', '')}${search}`, { as }))
      .body;
    expect(second).toMatchObject({ capsules: [{ uuid: ids[2] }], next: null });
    expect((await cloud.call('GET', '/containers', { as })).body.containers).toEqual([]);
    expect((await cloud.call('GET', '/capsules?sort_key=phase', { as })).status).toBe(400);
  });

  it("is nobody else's, but for administrators", async () => {
    const { uuid } = await running();
    for (const method of ['GET', 'DELETE'])
      expect((await cloud.call(method, `/capsules/${uuid}`, { as: stranger })).status).toBe(404);
    expect((await cloud.call('GET', '/capsules', { as: stranger })).body.capsules).toEqual([]);
    for (const path of ['/capsules?all_projects=1', `/capsules/${uuid}?all_projects=1`])
      expect((await cloud.call('GET', path, { as })).status).toBe(403);
    const all = (await cloud.call('GET', '/capsules?all_projects=1', { as: admin })).body;
    expect(all.capsules).toHaveLength(1);
    const member = cloud.node.reports()[0]?.id;
    expect((await cloud.call('GET', `/containers/${member}`, { as: stranger })).status).toBe(404);
  });

  it('lets its members be looked at, and changes only as a whole', async () => {
    const { uuid } = await running();
    const [{ uuid: member }] = (await show(uuid)).containers;
    expect((await cloud.call('GET', `/containers/${member}`, { as })).body.status).toBe('Running');
    for (const action of ['stop', 'pause', 'reboot'])
      expect((await cloud.call('POST', `/containers/${member}/${action}`, { as })).status).toBe(409);
    for (const [method, query] of [
      ['DELETE', '?stop=True'],
      ['DELETE', '?force=True'],
    ] as const)
      expect((await cloud.call(method, `/containers/${member}${query}`, { as: admin })).status).toBe(409);
    const renamed = await cloud.call('PATCH', `/containers/${member}`, { as, body: { name: 'other' } });
    expect(renamed.status).toBe(409);
    expect((await show(uuid)).status).toBe('Running');
  });
});

describe('deleting a capsule', () => {
  it('takes all of it away', async () => {
    const ports = [{ containerPort: 80 }];
    const { uuid } = await running({ spec: { containers: [{ image: 'hello', ports }, { image: 'hello' }] } });
    expect((await cloud.call('DELETE', `/capsules/${uuid}`, { as })).status).toBe(204);
    expect((await show(uuid)).status).toBe('Deleting');
    await cloud.settle();
    expect((await cloud.call('GET', `/capsules/${uuid}`, { as })).status).toBe(404);
    const { networks, node, placement } = cloud;
    const left = [networks.ports, networks.open, node.objects, placement.claims].map(({ size }) => size);
    expect(left).toEqual([0, 0, 0, 0]);
    expect((await cloud.call('GET', '/quotas/p1?usages=true', { as })).body.containers.in_use).toBe(0);
  });

  it('works while it is created, in Error, and while its node is away', async () => {
    const creating = (await create()).body.uuid;
    await cloud.call('DELETE', `/capsules/${creating}`, { as });
    await cloud.settle();
    cloud.placement.slots = 0;
    const { uuid: failed } = await running();
    cloud.placement.slots = 9;
    const { uuid: lost } = await running();
    cloud.node.away = true;
    for (const id of [failed, lost]) await cloud.call('DELETE', `/capsules/${id}`, { as });
    await cloud.tasks.idle();
    for (const id of [creating, failed, lost])
      expect((await cloud.call('GET', `/capsules/${id}`, { as })).status, id).toBe(404);
    await cloud.node.sync(cloud.desired);
    expect(cloud.node.objects.size).toBe(0);
  });
});

describe('the volumes of a capsule', () => {
  const data = (cinder: object, ...mounts: object[]) => ({
    spec: {
      volumes: [{ name: 'data', cinder }],
      containers: mounts.map((mount) => ({
        image: 'hello',
        volumeMounts: [{ name: 'data', mountPath: '/data', ...mount }],
      })),
    },
  });
  const mountsOf = (capsule: { containers: { uuid: string }[] }) =>
    capsule.containers.map(({ uuid }) => cloud.node.container(uuid)?.spec.mounts);
  const running = async (parts: object) => {
    const { uuid } = (await create(parts)).body;
    await expect
      .poll(async () => {
        await cloud.settle();
        return (await cloud.call('GET', `/capsules/${uuid}`, { as })).body.status;
      })
      .toBe('Running');
    return (await cloud.call('GET', `/capsules/${uuid}`, { as })).body;
  };
  const remove = async (id: string) => {
    await cloud.call('DELETE', `/capsules/${id}`, { as });
    await cloud.settle();
    expect(cloud.volumeFakes.attachments.size).toBe(0);
  };

  it('are lent to it once, on the node that keeps them, and mounted in each member as that says', async () => {
    const { id } = cloud.volumeFakes.add({ id: '00000000-0000-4000-8000-000000000aaa' });
    const capsule = await running(data({ volumeID: id, autoRemove: true }, {}, { readOnly: 'true' }));
    expect(mountsOf(capsule)).toEqual([
      [{ kind: 'volume', volumeId: id, destination: '/data', readOnly: false }],
      [{ kind: 'volume', volumeId: id, destination: '/data', readOnly: true }],
    ]);
    expect([...cloud.volumeFakes.attachments.values()]).toMatchObject([
      { volumeId: id, consumer: capsule.uuid, host: 'node-1', mode: 'rw' },
    ]);
    expect(cloud.placement.claims.get(capsule.uuid)?.host).toBe('node-1');
    await remove(capsule.uuid);
    expect(cloud.volumeFakes.volumes.has(id)).toBe(true);
  });

  it.each([
    [true, 0],
    [false, 1],
  ])('are made with it; with autoRemove %s, %i stays', async (autoRemove, stay) => {
    const before = cloud.volumeFakes.volumes.size;
    const capsule = await running({ metadata: { name: 'pod' }, ...data({ size: '2', autoRemove }, {}) });
    expect([...cloud.volumeFakes.volumes.values()].at(-1)).toMatchObject({ name: 'pod:data', size: 2 });
    await remove(capsule.uuid);
    expect(cloud.volumeFakes.volumes.size).toBe(before + stay);
  });

  it.each([
    ['no number', data({ size: 1.5 }, {})],
    ['nothing', data({ size: 0 }, {})],
    ['a volume that nobody writes', data({ size: 1 }, { readOnly: true })],
    ['a place in /proc', data({ size: 1 }, { mountPath: '/proc/x' })],
    ['a climb', data({ size: 1 }, { mountPath: '/a/../../b' })],
    ['another name', data({ size: 1 }, { name: 'other' })],
  ])('of %s are refused', async (_, parts) => {
    const volumes = cloud.volumeFakes.volumes.size;
    expect((await create(parts)).status).toBe(400);
    expect(cloud.volumeFakes.volumes.size).toBe(volumes);
  });

  it('that are in use, elsewhere, or not there are refused', async () => {
    const busy = cloud.volumeFakes.add({ id: '00000000-0000-4000-8000-000000000bbb', status: 'in-use' });
    expect((await create(data({ volumeID: busy.id }, {}))).status).toBe(400);
    expect((await create(data({ volumeID: '0'.repeat(36) }, {}))).status).toBe(404);
  });
});

describe('a template that cannot be', () => {
  it('for reasons that no schema tells is refused too', async () => {
    cloud.images.images.push(fakeImage('empty', { status: 'queued' }));
    const member = (fields: object) => ({ spec: { containers: [{ image: 'hello', ...fields }] } });
    const volume = (cinder: object) => ({ spec: { volumes: [{ name: 'data', cinder }] } });
    const bad: Parts[] = [
      member({ image: 'unknown' }),
      member({ resources: { requests: { cpu: 17 } } }),
      member({ resources: { requests: { memory: '3' } } }),
      member({ ports: [{ containerPort: 0 }] }),
      member({ ports: [{ containerPort: '65536' }] }),
      member({ volumeMounts: [{ name: 'data', mountPath: '/data' }] }),
      volume({}),
      volume({ size: 1, volumeID: '0'.repeat(36) }),
      volume({ size: 1 }),
    ];
    for (const parts of bad) expect((await create(parts)).status, JSON.stringify(parts)).toBe(400);
    expect((await cloud.call('GET', '/capsules', { as })).body.capsules).toEqual([]);
  });

  it.each([
    ['1.33', { spec: { initContainers: [{ image: 'hello' }] } }],
    ['1.36', { spec: { containers: [{ image: 'hello', tty: true }] } }],
    ['1.36', { spec: { containers: [{ image: 'hello', stdin: true }] } }],
    ['1.37', { metadata: { annotations: { a: 'b' } } }],
  ])('in version %s has no %o', async (number, parts) => {
    expect((await create(parts, version(number))).status).toBe(400);
  });

  it('is refused without a network to put it on', async () => {
    cloud.networks.networks.length = 0;
    expect((await create()).status).toBe(400);
  });
});
