import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addressOf, portOf, type CloudUser, type ContainerView } from '#test/support/cloud-user.ts';
import { RealCloud } from '#test/support/real-cloud.ts';
import { until } from '#test/support/until.ts';

/** What users see of their networks, from inside their containers and from the machine. */
let cloud: RealCloud;
let user: CloudUser;

beforeAll(async () => {
  cloud = await RealCloud.start();
  user = await cloud.signIn();
});

afterAll(() => cloud.close());

const server = (name: string, network: string) => user.run({ name, image: 'hello', nets: [{ network }] });

const client = (name: string, network: string) =>
  user.run({ name, image: 'busybox', command: ['sleep', '600'], nets: [{ network }] });

const quiet = async (from: ContainerView, command: string): Promise<boolean> =>
  (await user.exec(from.uuid, command)).exitCode === 0;

const pings = (from: ContainerView, address: string) => quiet(from, `ping -c 1 -W 1 ${address}`);

const fetches = (from: ContainerView, host: string) =>
  quiet(from, `timeout 1 wget -q -O /dev/null http://${host}/`);

describe('two containers of one network', () => {
  let web: ContainerView;
  let box: ContainerView;

  beforeAll(async () => {
    [web, box] = await Promise.all([server('web', 'private'), client('box', 'private')]);
  });

  it('reach each other by IPv4 and IPv6', async () => {
    await until('an answer over IPv4', () => pings(box, addressOf(web, 4)));
    await until('an answer over IPv6', () => pings(box, addressOf(web, 6)));
  });

  it('find each other by name', async () => {
    const page = await until('the page of web', async () => {
      const { exitCode, output } = await user.exec(box.uuid, 'timeout 1 wget -q -O - http://web/');
      return exitCode === 0 && output;
    });
    expect(page).toContain('Hello from Hydria');
  });

  it('are reached from the machine at a floating IP, until it is taken away', async () => {
    const { networks } = await user.client.get<{ networks: { id: string }[] }>(
      'network',
      '/v2.0/networks?name=public',
    );
    const floating = await user.createNeutron('floatingip', {
      floating_network_id: networks[0]?.id,
      port_id: portOf(web),
    });
    const group = await openPort80('from-outside');
    await user.client.put('network', `/v2.0/ports/${portOf(web)}`, { port: { security_groups: [group] } });
    const url = `http://${String(floating['floating_ip_address'])}/`;

    const page = await until('the page at the floating IP', () => page1s(url));
    expect(page).toContain('Hello from Hydria');

    await user.client.delete('network', `/v2.0/floatingips/${floating.id}`);
    await until('silence at the floating IP', async () => (await page1s(url)) === undefined);
  });
});

it('containers of two networks without a router do not reach each other', async () => {
  await user.createNetwork('island', '10.77.0.0/24');
  const [far, near, box] = await Promise.all([
    server('far', 'island'),
    server('near', 'private'),
    client('looker', 'private'),
  ]);
  await until('an answer from the own network', () => fetches(box, addressOf(near)));
  expect(await pings(box, addressOf(far))).toBe(false);
  expect(await fetches(box, addressOf(far))).toBe(false);
});

it('a security group lets in what it names and nothing else, at once after a change', async () => {
  const empty = await user.createNeutron('security-group', { name: 'closed' });
  const [closed, box] = await Promise.all([
    user.run({
      name: 'closed',
      image: 'hello',
      nets: [{ network: 'private' }],
      security_groups: [empty.id],
    }),
    client('knocker', 'private'),
  ]);
  expect(await fetches(box, addressOf(closed))).toBe(false);

  const rule = await addRule(empty.id);
  await until('the page behind the opened port', () => fetches(box, addressOf(closed)));
  expect(await pings(box, addressOf(closed))).toBe(false);

  await user.client.delete('network', `/v2.0/security-group-rules/${rule.id}`);
  await until('the closed port', async () => !(await fetches(box, addressOf(closed))));
});

const addRule = (group: string) =>
  user.createNeutron('security-group-rule', {
    security_group_id: group,
    direction: 'ingress',
    ethertype: 'IPv4',
    protocol: 'tcp',
    port_range_min: 80,
    port_range_max: 80,
  });

async function openPort80(name: string): Promise<string> {
  const { id } = await user.createNeutron('security-group', { name });
  await addRule(id);
  return id;
}

/** What is there within a second. */
const page1s = (url: string): Promise<string | undefined> =>
  fetch(url, { signal: AbortSignal.timeout(1_000) }).then(
    (response) => response.text(),
    () => undefined,
  );
