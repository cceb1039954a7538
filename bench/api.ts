import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Database } from '#kernel/db/database.ts';
import { newUuid } from '#kernel/ids.ts';
import { containerStore } from '#services/container/store/containers.ts';
import type { ContainerTables } from '#services/container/tables.ts';
import type { CloudUser } from '#test/support/cloud-user.ts';
import { RealCloud } from '#test/support/real-cloud.ts';
import { startBareFastify } from './peers/bare-fastify.ts';
import { load, type Requests } from './support/load.ts';
import { printLine, printMachine, rate, ratio, verdict } from './support/report.ts';
import { quantile, type Load } from './support/stats.ts';

/** What the APIs answer in a second, with 1,000 containers known, beside a server that only sends the same bytes. */
const CONTAINERS = 1_000;
const WIDTHS = [1, 16];
const READS = 2_000;
const HASHED = 24;
const BUDGET = { perCore: 1_000, p99: 20 };
const JSON_TYPE = { 'content-type': 'application/json' };

type Call = Omit<Requests, 'count' | 'width'>;

async function main(): Promise<void> {
  await printMachine(`API: ${CONTAINERS} containers known, load from another process`);
  await using cloud = await RealCloud.start();
  const user = await cloud.signIn();
  const [id = ''] = await fill(cloud, user);
  const tokens = `${cloud.baseUrl}/identity/v3/auth/tokens`;
  const password = passwordAuth(cloud.adminPassword);
  const token = await issue(tokens, password);
  const get = (url: string): Call => ({ method: 'GET', url, headers: { 'x-auth-token': token } });
  const containers = `${cloud.baseUrl}/container/v1/containers`;

  await measure('token by password', post(tokens, password), HASHED);
  await measure('token by application credential', post(tokens, await credentialAuth(user)), READS);
  const subject = { 'x-auth-token': token, 'x-subject-token': token };
  await measureRead(cloud, 'validate a token', { ...get(tokens), headers: subject });
  await measureRead(cloud, 'show a container', get(`${containers}/${id}`));
  await measureRead(cloud, `list 50 of ${CONTAINERS}`, get(`${containers}?limit=50`));
  console.log(
    '\nFor the record: real OpenStack on such a machine answers 4–75 reads/s, p99 hundreds of ms to seconds.',
  );
}

async function measure(name: string, call: Call, count: number): Promise<void> {
  for (const width of WIDTHS)
    printLine(`${name}, ${width} at a time`, rate(await load({ ...call, count, width })));
}

async function measureRead(cloud: RealCloud, name: string, call: Call): Promise<void> {
  const answer = await fetch(call.url, { headers: call.headers });
  const body = await answer.text();
  const bare = await startBareFastify(body);
  try {
    for (const width of WIDTHS) {
      await load({ ...call, count: READS / 10, width }); // so that both are warm
      const before = await cpuSeconds(cloud.pid('control'));
      const ours = await load({ ...call, count: READS, width });
      const perCore = READS / ((await cpuSeconds(cloud.pid('control'))) - before);
      await load({ ...call, url: bare.url, count: READS / 10, width });
      const peer = await load({ ...call, url: bare.url, count: READS, width });
      printLine(`${name}, ${width} at a time`, rate(ours), judge(ours, perCore, width));
      printLine(
        `  bare Fastify, the same ${body.length} bytes`,
        rate(peer),
        ratio(ours.perSecond, peer.perSecond),
      );
    }
  } finally {
    bare.server.kill();
  }
}

/** What the control process could do with a core of its own, because this machine's are shared. */
function judge(ours: Load, perCore: number, width: number): string {
  const budget = perCore >= BUDGET.perCore;
  const told = `${perCore.toFixed(0)}/s per core-second of control: ${verdict(budget, '≥ 1,000/s')}`;
  if (width === 1) return told;
  return `${told}; ${verdict(quantile(ours.samples, 0.99) <= BUDGET.p99, 'p99 ≤ 20 ms')}`;
}

async function cpuSeconds(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100; // ticks of USER_HZ
}

const post = (url: string, body: object): Call => ({
  method: 'POST',
  url,
  headers: JSON_TYPE,
  body: JSON.stringify(body),
});

const domain = { id: 'default' };

const passwordAuth = (password: string) => ({
  auth: {
    identity: { methods: ['password'], password: { user: { name: 'admin', password, domain } } },
    scope: { project: { name: 'admin', domain } },
  },
});

async function credentialAuth({ client }: CloudUser): Promise<object> {
  const { users } = await client.get<{ users: { id: string }[] }>('identity', '/users?name=admin');
  const path = `/users/${users[0]?.id}/application_credentials`;
  const made = await client.post<{ application_credential: { id: string; secret: string } }>(
    'identity',
    path,
    {
      application_credential: { name: 'bench' },
    },
  );
  const { id, secret } = made.application_credential;
  const identity = { methods: ['application_credential'], application_credential: { id, secret } };
  return { auth: { identity } };
}

async function issue(url: string, auth: object): Promise<string> {
  const answer = await fetch(url, { method: 'POST', headers: JSON_TYPE, body: JSON.stringify(auth) });
  return answer.headers.get('x-subject-token') ?? '';
}

/** Writes the containers as the service itself would, like one that ran, but placed nowhere. @returns their ids */
async function fill(cloud: RealCloud, user: CloudUser): Promise<string[]> {
  const request = {
    name: 'model',
    image: 'busybox',
    command: ['sleep', '60'],
    nets: [{ network: 'private' }],
  };
  const { uuid } = await user.run(request);
  const database = Database.open({ kind: 'sqlite', path: join(cloud.paths.data, 'control', 'hydria.db') });
  const ids = Array.from({ length: CONTAINERS }, newUuid);
  await database.transaction<ContainerTables, void>(async (tx) => {
    const model = await containerStore.find(tx, uuid);
    if (model === undefined) throw new Error(`Container ${uuid} is not in the database.`);
    for (const id of ids)
      await containerStore.insert(tx, { ...model, id, name: `bench-${id}`, host: null, desired: false });
  });
  await database.close();
  await user.remove(uuid);
  return ids;
}

await main();
