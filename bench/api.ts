import { parseArgs } from 'node:util';
import { environment } from '#kernel/environment.ts';
import type { CloudUser } from '#test/support/cloud-user.ts';
import { RealCloud } from '#test/support/real-cloud.ts';
import { startBareFastify } from './peers/bare-fastify.ts';
import { measureKeystone } from './peers/keystone.ts';
import { cpuSeconds } from './support/cpu.ts';
import { fillWithContainers } from './support/containers.ts';
import { load, type Requests } from './support/load.ts';
import { latency, printLine, printMachine, rate, ratio, verdict } from './support/report.ts';
import { quantile, type Load } from './support/stats.ts';

/**
 * What the APIs answer in a second, with 1,000 containers known, beside a server that only sends the same bytes. Identity
 * also beside a real Keystone: `OS_PASSWORD=… node bench/api.ts --keystone http://HOST:5000/v3 [--user admin] [--project admin]`.
 */
const CONTAINERS = 1_000;
const WIDTHS = [1, 16];
const READS = 2_000;
const HASHED = 24;
const WHOLE = 50;
const BUDGET = { perCore: 1_000, p99: 20, whole: 30 };
const JSON_TYPE = { 'content-type': 'application/json' };

type Call = Omit<Requests, 'count' | 'width'>;

const { values: options } = parseArgs({
  options: {
    keystone: { type: 'string' },
    user: { type: 'string', default: 'admin' },
    project: { type: 'string', default: 'admin' },
  },
});

async function main(): Promise<void> {
  await printMachine(`API: ${CONTAINERS} containers known, load from another process`);
  await using cloud = await RealCloud.start();
  const user = await cloud.signIn();
  const [id = ''] = await fillWithContainers(cloud, user, CONTAINERS);
  const tokens = `${cloud.baseUrl}/identity/v3/auth/tokens`;
  const password = passwordAuth(cloud.adminPassword);
  const token = await issue(tokens, password);
  const get = (url: string): Call => ({ method: 'GET', url, headers: { 'x-auth-token': token } });
  const containers = `${cloud.baseUrl}/container/v1/containers`;

  const issued = await measure('token by password', post(tokens, password), HASHED);
  await measure('token by application credential', post(tokens, await credentialAuth(user)), READS);
  const subject = { 'x-auth-token': token, 'x-subject-token': token };
  const validated = await measureRead(cloud, 'validate a token', { ...get(tokens), headers: subject });
  await measureRead(cloud, 'show a container', get(`${containers}/${id}`));
  await measureRead(cloud, `list 50 of ${CONTAINERS}`, get(`${containers}?limit=50`));
  await measureWhole(`list all ${CONTAINERS}`, get(containers));
  if (options.keystone !== undefined) {
    console.log(`\nThe Keystone at ${options.keystone}`);
    const calls = await keystoneCalls(options.keystone);
    for (const [index, width] of WIDTHS.entries()) {
      const [issue, validate] = [issued[index], validated[index]];
      if (issue && validate) await measureKeystone(calls, width, { issue, validate });
    }
  }
  console.log(
    '\nFor the record: real OpenStack on such a machine answers 4–75 reads/s, p99 hundreds of ms to seconds.',
  );
}

/** Servers of WSGI do not keep connections, and do not always say so. */
const ONCE = { connection: 'close' };

async function keystoneCalls(url: string) {
  const tokens = `${url}/auth/tokens`;
  const auth = passwordAuth(environment('OS_PASSWORD') ?? '', options);
  const token = await issue(tokens, auth);
  const headers = { 'x-auth-token': token, 'x-subject-token': token, ...ONCE };
  const issuing = post(tokens, auth);
  return {
    issue: { ...issuing, headers: { ...issuing.headers, ...ONCE } },
    validate: { method: 'GET', url: tokens, headers },
  } as const;
}

/** @returns the figures by width */
async function measure(name: string, call: Call, count: number): Promise<Load[]> {
  const loads: Load[] = [];
  for (const width of WIDTHS) {
    const done = await load({ ...call, count, width });
    printLine(`${name}, ${width} at a time`, rate(done));
    loads.push(done);
  }
  return loads;
}

/** @returns the figures by width */
async function measureRead(cloud: RealCloud, name: string, call: Call): Promise<Load[]> {
  const loads: Load[] = [];
  const answer = await fetch(call.url, { headers: call.headers });
  const body = await answer.text();
  const bare = await startBareFastify(body);
  try {
    for (const width of WIDTHS) {
      await load({ ...call, count: READS / 10, width }); // so that both are warm
      const before = await cpuSeconds(cloud.pid('control'));
      const ours = await load({ ...call, count: READS, width });
      loads.push(ours);
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
  return loads;
}

/** A list of everything: few ask for it, but they wait. */
async function measureWhole(name: string, call: Call): Promise<void> {
  const body = await (await fetch(call.url, { headers: call.headers })).text();
  const bare = await startBareFastify(body);
  try {
    const [ours, peer] = [call, { ...call, url: bare.url }].map(
      (asked) => () => load({ ...asked, count: WHOLE, width: 1 }),
    ) as [() => Promise<Load>, () => Promise<Load>];
    await ours(); // so that both are warm
    await peer();
    const [mine, bares] = [(await ours()).samples, (await peer()).samples];
    const p50 = quantile(mine, 0.5);
    printLine(name, latency(mine), verdict(p50 <= BUDGET.whole, `p50 ≤ ${BUDGET.whole} ms`));
    const beside = `ours takes ${ratio(p50, quantile(bares, 0.5))} of it`;
    printLine(`  bare Fastify, the same ${body.length} bytes`, latency(bares), beside);
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

const post = (url: string, body: object): Call => ({
  method: 'POST',
  url,
  headers: JSON_TYPE,
  body: JSON.stringify(body),
});

const domain = { id: 'default' };

const passwordAuth = (password: string, { user, project } = { user: 'admin', project: 'admin' }) => ({
  auth: {
    identity: { methods: ['password'], password: { user: { name: user, password, domain } } },
    scope: { project: { name: project, domain } },
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

await main();
