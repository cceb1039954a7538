import { readFile, writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { CloudUser, ContainerView } from '#test/support/cloud-user.ts';
import { RealCloud } from '#test/support/real-cloud.ts';
import { until } from '#test/support/until.ts';

/** Capsules of real containers on a real node. */
const LONG = 240_000;
const PATIENCE = { limitMs: 60_000, everyMs: 100 };

interface CapsuleView {
  readonly uuid: string;
  readonly status: string;
  readonly status_reason: string | null;
  readonly addresses: ContainerView['addresses'];
  readonly containers: readonly ContainerView[];
  readonly init_containers: readonly ContainerView[];
}

let cloud: RealCloud;
let user: CloudUser;

beforeEach(async () => {
  cloud = await RealCloud.start();
  user = await cloud.signIn();
});
afterEach(() => cloud.close());

const SLEEPER = {
  image: 'busybox',
  command: ['sleep'],
  args: ['3600'],
  resources: { requests: { memory: 32 } },
};
const WEB = { image: 'hello', ports: [{ containerPort: 80 }], resources: { requests: { memory: 32 } } };

const create = (name: string, spec: object): Promise<CapsuleView> =>
  user.client.post('container', '/capsules/', { template: { kind: 'capsule', metadata: { name }, spec } });
const get = (id: string): Promise<CapsuleView> => user.client.get('container', `/capsules/${id}`);

const untilStatus = (id: string, status: string): Promise<CapsuleView> =>
  until(
    `capsule ${id} is ${status}`,
    async () => {
      const capsule = await get(id);
      if (capsule.status === status) return capsule;
      throw new Error(`It is ${capsule.status}: ${capsule.status_reason}`);
    },
    PATIENCE,
  );

async function remove(id: string): Promise<void> {
  await user.client.delete('container', `/capsules/${id}`);
  const isGone = async () => {
    const { capsules } = await user.client.get<{ capsules: CapsuleView[] }>('container', '/capsules');
    return capsules.every(({ uuid }) => uuid !== id);
  };
  await until(`capsule ${id} is gone`, isGone, PATIENCE);
}

/** From its cgroup, whatever the node says; undefined while it does not run. */
async function mainProcess(member: ContainerView | undefined): Promise<string | undefined> {
  const path = `/${cloud.marks.cgroup}/${member?.uuid}/cgroup.procs`;
  const text = await readFile(`/sys/fs/cgroup/pids${path}`, 'utf8')
    .catch(() => readFile(`/sys/fs/cgroup${path}`, 'utf8'))
    .catch(() => '');
  return text.split('\n').find(Boolean);
}

it(
  'members talk on localhost, die alone, outlive the node, and leave nothing',
  { timeout: LONG },
  async () => {
    // The name server of a network comes with its first port: from then on an empty cloud looks as it will in the end.
    const first = await create('first', { containers: [SLEEPER] });
    await untilStatus(first.uuid, 'Running');
    await remove(first.uuid);
    const empty = await cloud.settled(PATIENCE);

    const { uuid } = await create('pod', { containers: [WEB, SLEEPER] });
    const { containers, addresses } = await untilStatus(uuid, 'Running');
    const [web, box] = containers as [ContainerView, ContainerView];
    const page = async () => (await user.exec(box.uuid, 'wget -q -O - http://127.0.0.1/')).output;
    expect(await page()).toContain('Hello from Hydria');
    expect((await user.exec(box.uuid, 'hostname')).output.trim()).toBe('pod');
    expect((await user.exec(web.uuid, 'ip addr')).output).toBe((await user.exec(box.uuid, 'ip addr')).output);
    expect(Object.values(addresses)).toHaveLength(1);

    const before = await mainProcess(web);
    const sleeping = await mainProcess(box);
    await user.act(box.uuid, 'kill');
    const another = async () => {
      const now = await mainProcess(box);
      return now !== undefined && now !== sleeping && now;
    };
    const restarted = await until('box runs again', another, PATIENCE);
    expect(await mainProcess(web)).toBe(before);

    await cloud.kill('node');
    expect([await mainProcess(web), await mainProcess(box)]).toEqual([before, restarted]);
    await cloud.start('node');
    await cloud.untilWhole();
    expect(await until('the page', page, PATIENCE)).toContain('Hello from Hydria');
    expect([await mainProcess(web), await mainProcess(box)]).toEqual([before, restarted]);

    await remove(uuid);
    expect(await cloud.settled(PATIENCE)).toEqual(empty);
  },
);

it(
  'an init container ends before any other starts, and ends the capsule when it fails',
  { timeout: LONG },
  async () => {
    const waiting = { ...SLEEPER, command: ['sh', '-c'], args: ['until [ -e /go ]; do sleep 0.05; done'] };
    const { uuid } = await create('pod', { initContainers: [waiting], containers: [SLEEPER, SLEEPER] });
    const init = await until(
      'the init container runs',
      async () => (await get(uuid)).init_containers.find(({ status }) => status === 'Running'),
      PATIENCE,
    );
    const made = async () => (await get(uuid)).containers;
    await until(
      'the others wait for it',
      async () => (await made()).every(({ status_reason }) => status_reason?.includes('init containers')),
      PATIENCE,
    );
    expect(await Promise.all((await made()).map(mainProcess))).toEqual([undefined, undefined]);
    expect((await get(uuid)).status).toBe('Creating');
    await writeFile(`/proc/${await mainProcess(init)}/root/go`, '');
    const running = await untilStatus(uuid, 'Running');
    expect(running.init_containers).toMatchObject([{ status: 'Stopped' }]);
    expect(running.containers.map(({ status }) => status)).toEqual(['Running', 'Running']);
    await remove(uuid);

    const failing = { ...SLEEPER, command: ['sh', '-c'], args: ['exit 7'] };
    const spec = { restartPolicy: 'Never', initContainers: [failing], containers: [SLEEPER] };
    const failed = await untilStatus((await create('bad', spec)).uuid, 'Error');
    expect(failed.status_reason).toMatch(/ended with exit code 7/);
    await remove(failed.uuid);
  },
);
