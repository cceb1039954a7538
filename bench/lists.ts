import { Database, type Db } from '#kernel/db/database.ts';
import { startCloud, type TestCloud } from '#test/support/cloud.ts';
import { cloneRow, insertRows } from './support/clones.ts';
import { ms, printLine, printMachine, verdict } from './support/report.ts';
import { quantile, serial } from './support/stats.ts';

/** Lists of many: a page from the front, the middle and the end, and what makes the database look at more than a page. */
const COUNT = Number(process.argv[2] ?? 10_000);
const PAGE = 100;
const RUNS = 30;
const BUDGET_MS = 50;
/** Containers are listed by the thousand: no page of Zun's is larger. */
const CONTAINERS = 1_000;
const CONTAINERS_BUDGET_MS = 30;

/** Statements that the database was given so far. */
let statements = 0;

interface Listed {
  readonly name: string;
  readonly url: string;
  /** What the service calls them in its answer. */
  readonly key: string;
}

async function main(): Promise<void> {
  await printMachine(`Lists of ${COUNT}, pages of ${PAGE}, in the server's own process`);
  const database = Database.open({ kind: 'sqlite', path: ':memory:' }, () => void statements++);
  await using cloud = await startCloud(database);
  const { users, projects } = await fill(cloud, database);
  await measureLists(cloud);
  await measureFilters(cloud);
  await measureAssignments(cloud, { user: users[COUNT / 2] ?? '', project: projects[COUNT / 2] ?? '' });
  console.log('\nWithout a limit, all at once');
  for (const url of ['/identity/v3/users', '/identity/v3/projects', '/identity/v3/role_assignments'])
    await measure(cloud, url, url, null);
}

async function fill(cloud: TestCloud, database: Database) {
  const db = database.handle();
  const ada = await cloud.addMember('ada');
  const token = cloud.admin;
  const made = async (url: string, body: object): Promise<string> => {
    const answer = await cloud.call('POST', url, { token, body });
    const [inner] = Object.values<{ id?: string } | string>(answer.body);
    if (typeof inner === 'string') return answer.body.id ?? inner.split('/').at(-1);
    return answer.body.id ?? answer.body.uuid ?? inner?.id;
  };
  const clone = (table: string, id: string) => cloneRow(db, { table, id, count: COUNT });
  const users = await clone('identity_user', ada.userId);
  const projects = await clone('identity_project', ada.projectId);
  await clone(
    'image_image',
    await made('/image/v2/images', { name: 'own', container_format: 'bare', disk_format: 'raw' }),
  );
  await clone('volume_volume', await made('/volume/v3/volumes', { volume: { size: 1 } }));
  await clone('secret', await made('/key-manager/v1/secrets', { name: 'own' }));
  await fillPorts(db, made);
  const { body } = await cloud.call('GET', '/identity/v3/roles?name=member', { token });
  const granted = users.map((user, index) => ({
    actor_kind: 'user',
    actor_id: user,
    target_kind: 'project',
    target_id: projects[index],
    role_id: body.roles[0].id,
    inherited: 0,
  }));
  await insertRows(db, 'identity_assignment', granted);
  await cloneRow(db, { table: 'container', id: await aContainer(made), count: CONTAINERS - 1 });
  return { users, projects };
}

/** On a network of its own, of an image that nobody has data of: it fails at once, and is listed as any other. */
async function aContainer(made: (url: string, body: object) => Promise<string>): Promise<string> {
  const network_id = await made('/network/v2.0/networks', { network: { name: 'own' } });
  await made('/network/v2.0/subnets', { subnet: { network_id, ip_version: 4, cidr: '10.9.0.0/24' } });
  const disk = { container_format: 'docker', disk_format: 'raw' };
  const image = await made('/image/v2/images', { name: 'none', ...disk });
  return made('/container/v1/containers', { image });
}

/** Ports of one network, each with an address and a security group. */
async function fillPorts(db: Db, made: (url: string, body: object) => Promise<string>): Promise<void> {
  const url = '/network/v2.0';
  const network_id = await made(`${url}/networks`, { network: { name: 'own' } });
  const subnet_id = await made(`${url}/subnets`, {
    subnet: { network_id, ip_version: 4, cidr: '10.0.0.0/8' },
  });
  const group_id = await made(`${url}/security-groups`, { security_group: { name: 'own' } });
  const id = await made(`${url}/ports`, { port: { network_id, security_groups: [group_id] } });
  const mac = (index: number) =>
    index
      .toString(16)
      .padStart(6, '0')
      .replace(/..(?=.)/g, '$&:');
  const vary = (index: number) => ({ mac_address: `fa:16:3f:${mac(index)}` });
  const ports = await cloneRow(db, { table: 'network_port', id, count: COUNT, vary });
  const ip = (index: number) => `10.${100 + (index >> 16)}.${(index >> 8) & 255}.${index & 255}`;
  const addresses = ports.map((port_id, index) => ({ port_id, subnet_id, ip: ip(index), position: 0 }));
  await insertRows(db, 'network_address', addresses);
  const groups = ports.map((port_id) => ({ port_id, group_id }));
  await insertRows(db, 'network_port_group', groups);
}

const BY_MARKER: readonly Listed[] = [
  { name: 'users', url: '/identity/v3/users', key: 'users' },
  { name: 'projects', url: '/identity/v3/projects', key: 'projects' },
  { name: 'images', url: '/image/v2/images', key: 'images' },
  { name: 'volumes', url: '/volume/v3/volumes/detail', key: 'volumes' },
  { name: 'ports', url: '/network/v2.0/ports', key: 'ports' },
];

async function measureLists(cloud: TestCloud): Promise<void> {
  for (const list of BY_MARKER) {
    const { body } = await cloud.call('GET', `${list.url}?limit=${COUNT}`, { token: cloud.admin });
    const ids: string[] = body[list.key].map(({ id }: { id: string }) => id);
    const at = (index: number) => `&marker=${ids.at(index)}`;
    await measure(cloud, `${list.name}, first`, `${list.url}?limit=${PAGE}`);
    await measure(cloud, `${list.name}, middle`, `${list.url}?limit=${PAGE}${at(ids.length / 2)}`);
    await measure(cloud, `${list.name}, last`, `${list.url}?limit=${PAGE}${at(-PAGE - 1)}`);
  }
  await measure(cloud, 'containers, all', '/container/v1/containers', CONTAINERS);
  for (const [name, offset] of Object.entries({ first: 0, middle: COUNT / 2, last: COUNT - PAGE }))
    await measure(cloud, `secrets, ${name}`, `/key-manager/v1/secrets?limit=${PAGE}&offset=${offset}`);
}

async function measureFilters(cloud: TestCloud): Promise<void> {
  const name = `name=bench-${COUNT / 2}`;
  await measure(cloud, 'users by name', `/identity/v3/users?${name}`, 1);
  await measure(cloud, 'projects by name', `/identity/v3/projects?${name}`, 1);
  await measure(cloud, 'images by name', `/image/v2/images?${name}`, 1);
  await measure(cloud, 'volumes by name', `/volume/v3/volumes/detail?${name}`, 1);
  await measure(cloud, 'ports by name', `/network/v2.0/ports?${name}`, 1);
  await measure(cloud, 'ports by address', '/network/v2.0/ports?fixed_ips=ip_address%3D10.100.1.1', 1);
  await measure(cloud, 'secrets by name', `/key-manager/v1/secrets?${name}`, 1);
  await measure(cloud, 'users that are enabled', `/identity/v3/users?enabled=true&limit=${PAGE}`);
  await measure(cloud, 'images by status', `/image/v2/images?status=queued&limit=${PAGE}`);
  await measure(cloud, 'images by size, downwards', `/image/v2/images?sort=size:desc&limit=${PAGE}`);
}

async function measureAssignments(
  cloud: TestCloud,
  { user, project }: { readonly user: string; readonly project: string },
): Promise<void> {
  const url = '/identity/v3/role_assignments';
  const page = `${url}?limit=${PAGE}`;
  await measure(cloud, 'assignments, first', page);
  await measure(cloud, 'assignments, first, with names', `${page}&include_names`);
  const { body } = await cloud.call('GET', `${url}?limit=${COUNT / 2}`, { token: cloud.admin });
  const marker = new URL(body.links.next).searchParams.get('marker');
  await measure(cloud, 'assignments, middle', `${page}&marker=${marker}`);
  await measure(cloud, 'effective, first', `${page}&effective`);
  await measure(cloud, 'assignments of a user', `${url}?user.id=${user}`, 1);
  await measure(cloud, 'effective of a user', `${url}?user.id=${user}&effective`, 2);
  await measure(cloud, 'effective on a project', `${url}?scope.project.id=${project}&effective`, 2);
}

/** Until code that just started is compiled, then the calls one after another. `wanted` is how many it must list; null: all. */
async function measure(cloud: TestCloud, name: string, url: string, wanted: number | null = PAGE) {
  const call = async () => {
    const answer = await cloud.call('GET', url, { token: cloud.admin });
    const [items] = Object.values<unknown>(answer.body).filter(Array.isArray);
    if (answer.status !== 200 || (wanted !== null && items?.length !== wanted))
      throw new Error(`${url}: ${answer.status}, ${items?.length} listed, not ${wanted}`);
  };
  const runs = wanted === null ? RUNS / 3 : RUNS;
  await serial(runs / 3, call);
  const before = statements;
  const cpu = process.cpuUsage();
  const samples = await serial(runs, call);
  const { user, system } = process.cpuUsage(cpu);
  const p50 = quantile(samples, 0.5);
  const figures = `p50 ${ms(p50)}  p90 ${ms(quantile(samples, 0.9))}  processor ${ms((user + system) / 1000 / runs)}`;
  const budget = wanted === CONTAINERS ? CONTAINERS_BUDGET_MS : BUDGET_MS;
  const asked = `${((statements - before) / runs).toFixed(0)} statements`;
  printLine(name, `${figures}  ${asked}`, wanted === null ? '' : verdict(p50 <= budget, `≤ ${ms(budget)}`));
}

await main();
