import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Database } from '#kernel/db/database.ts';
import { newUuid } from '#kernel/ids.ts';
import { BASE_RULES } from '#kernel/policy/policy.ts';
import { propertiesOf } from '../../tools/openapi.ts';
import type { ApiAnswer } from '#test/support/api.ts';
import { startCloud, type Member, type TestCloud } from '#test/support/cloud.ts';
import { makeThings, thingIn, type Things } from '#test/support/cloud-things.ts';
import { newPostgres } from '#test/support/postgres.ts';
import {
  absurdBodies,
  absurdQueries,
  callRoute,
  complaints,
  routeCalls,
  type RouteCall,
} from '#test/support/route-calls.ts';

const IN_MEMORY = { kind: 'sqlite', path: ':memory:' } as const;
const MANY_CALLS = 180_000;

/** Calls whose path names a word to look for, or asks for what holds for everybody. */
const NOT_ABOUT_AN_OBJECT = [
  ...['search-images', 'search-images-2', 'search-images-3'].flatMap((name) => [name, `${name}-unversioned`]),
  'get-default-quota',
  'get-default-quota-unversioned',
];

const READS: readonly string[] = ['GET', 'HEAD'];

/** Searches whose conditions do not fit into an address. */
const SEARCHES: readonly string[] = ['search-alarms', 'search-alarm-history'];

/** What everybody may make for themselves, of no more than they have. */
const OF_ONES_OWN: readonly string[] = ['create-credential', 'create-trust'];

const random = () => newUuid();
const show = ({ status, text }: ApiAnswer): string => `${status} ${text.slice(0, 200)}`;

describe('the definition of every route', () => {
  let cloud: TestCloud;
  let calls: readonly RouteCall[];
  beforeAll(async () => {
    cloud = await startCloud(Database.open(IN_MEMORY));
    calls = routeCalls(cloud.services);
  });
  afterAll(() => cloud[Symbol.asyncDispose]());

  it('has a name of its own in its service', async () => {
    const sharing = ({ service, route }: RouteCall) =>
      service.routes.filter(({ name }) => name === route.name);
    const found = await complaints(
      calls,
      (call) => sharing(call).length > 1 && `shares the name '${call.route.name}'`,
    );
    expect(found).toEqual([]);
  });

  it('has a schema for each parameter in its path', async () => {
    const found = await complaints(calls, ({ route, params }) => {
      const described = Object.keys(propertiesOf(route.params));
      const missing = params.filter((name) => !described.includes(name));
      return missing.length > 0 && `has no schema for ${missing.join(', ')}`;
    });
    expect(found).toEqual([]);
  });

  it('calls the parameters of one path by one name', async () => {
    const shape = ({ service, route }: RouteCall) => service.prefix + route.url.replaceAll(/:\w+/g, ':');
    const urls = Map.groupBy(calls, shape);
    const found = await complaints(calls, (call) => {
      const other = urls.get(shape(call))?.find(({ route }) => route.url !== call.route.url);
      return other !== undefined && `is ${other.route.url} elsewhere`;
    });
    expect(found).toEqual([]);
  });

  it('has a schema for its body wherever a collection is posted to or an object is patched', async () => {
    const wantsBody = ({ route, params }: RouteCall) =>
      route.method === 'PATCH' || (route.method === 'POST' && params.length === 0);
    const found = await complaints(calls.filter(wantsBody), ({ route: { body, streams } }) => {
      return body === undefined && streams === undefined && 'has no schema for its body';
    });
    expect(found).toEqual([]);
  });

  it('names a rule that is in the policy, with a line for the reader', async () => {
    const rules = [...BASE_RULES, ...cloud.services.flatMap(({ policy }) => policy)];
    const docs = new Map(rules.map(({ name, doc }) => [name, doc]));
    const found = await complaints(calls, ({ route: { access } }) => {
      if (typeof access === 'string') return false;
      return !docs.get(access.rule) && `has the rule '${access.rule}', which is missing or has no doc`;
    });
    expect(found).toEqual([]);
  });
});

describe.each(['sqlite', 'postgres'] as const)('every route on %s', (engine) => {
  let cloud: TestCloud;
  let calls: readonly RouteCall[];
  let closed: readonly RouteCall[];
  let owner: Member;
  let stranger: Member;
  let things: Things;

  beforeAll(async () => {
    const place = async () => ({ kind: 'postgres', url: await newPostgres() }) as const;
    cloud = await startCloud(Database.open(engine === 'postgres' ? await place() : IN_MEMORY));
    calls = routeCalls(cloud.services);
    closed = calls.filter(({ route }) => route.access !== 'public');
    owner = await cloud.addMember('owner');
    stranger = await cloud.addMember('stranger');
    things = await makeThings(cloud, owner);
  });
  afterAll(() => cloud[Symbol.asyncDispose]());

  it.each([
    ['without a token', undefined],
    ['with a token that nobody issued', 'gAAAAAgarbage'],
  ])('answers 401 %s, as Keystone words it, unless it is public', async (_, token) => {
    const found = await complaints(closed, async (call) => {
      const answer = await callRoute(cloud, call, { token, param: random });
      return !isKeystone401(answer, call.route.method) && show(answer);
    });
    expect(found).toEqual([]);
  });

  it('answers 403 or 404 to a member who makes ids up', async () => {
    const found = await complaints(closed.filter(takesId), async (call) => {
      const answer = await callRoute(cloud, call, { token: stranger.token, param: random });
      return ![403, 404].includes(answer.status) && show(answer);
    });
    expect(found).toEqual([]);
  });

  it("answers 403 or 404 to a member who has the id of another project's object", async () => {
    const found = await complaints(closed.filter(takesId), async (call) => {
      const foreign = thingIn(things, call.service.prefix + call.route.url);
      if (foreign === undefined) return false;
      const param = (_: string, index: number) => (index === 0 ? foreign : random());
      const answer = await callRoute(cloud, call, { token: stranger.token, param });
      return ![403, 404].includes(answer.status) && show(answer);
    });
    expect(found).toEqual([]);
  });

  it('answers 403 or 404 to a reader who would change something of their own project', async () => {
    const reader = await cloud.addReader('reader', owner);
    const writes = closed.filter(
      ({ route }) => !READS.includes(route.method) && ![...OF_ONES_OWN, ...SEARCHES].includes(route.name),
    );
    const found = await complaints(writes, async (call) => {
      const own = thingIn(things, call.service.prefix + call.route.url);
      const param = (_: string, index: number) => (index === 0 && own !== undefined ? own : random());
      const answer = await callRoute(cloud, call, { token: reader.token, param });
      return ![403, 404].includes(answer.status) && show(answer);
    });
    expect(found).toEqual([]);
  });

  it('shows an object in lists to its owner and not to a stranger', async () => {
    const lists = closed.filter(({ route, params }) => route.method === 'GET' && params.length === 0);
    const shownIn = ({ text }: ApiAnswer) =>
      Object.keys(things).filter((at) => text.includes(things[at] ?? ''));
    const seen = new Set<string>();
    // Of one's own attempts on others' objects, the audit tells.
    const innocent = await cloud.addMember('innocent');
    const found = await complaints(lists, async (call) => {
      const own = await callRoute(cloud, call, { token: owner.token, param: random });
      for (const at of shownIn(own)) seen.add(at);
      const [leaked] = shownIn(await callRoute(cloud, call, { token: innocent.token, param: random }));
      return leaked !== undefined && `shows what is at ${leaked}`;
    });
    expect(found).toEqual([]);
    const listed = Object.keys(things).filter((at) =>
      /^\/(image|network|container\/v1|key-manager)\/(?!.*quotas)/.test(at),
    );
    expect([...seen]).toEqual(expect.arrayContaining(listed));
  });

  it.each([
    ['very long', 'x'.repeat(500)],
    ['endless', 'x'.repeat(5_000)],
    ['not ASCII', encodeURIComponent('wässer 水 💧')],
    ['the parent directory', '%2e%2e'],
    ['a path out of here', '..%2f..%2fetc%2fpasswd'],
    ['quotes', encodeURIComponent(`' or "1"="1`)],
    ['NUL', 'a%00b'],
    ['not UTF-8', '%ff'],
    ['half an escape', '%2'],
    ['a name of the prototype', '__proto__'],
  ])('does not fail of an id that is %s', async (_, id) => {
    const found = await complaints(closed.filter(takesId), async (call) => {
      const answer = await callRoute(cloud, call, { token: cloud.admin, param: () => id });
      return answer.status >= 500 && show(answer);
    });
    expect(found).toEqual([]);
  });

  it.each([
    ['a number', 7],
    ['a text', 'text'],
    ['a list of numbers', [7]],
  ])('answers 400 to a body that is %s', async (_, body) => {
    const found = await complaints(calls.filter(takesBody), async (call) => {
      const answer = await callRoute(cloud, call, { token: cloud.admin, param: random, body });
      return answer.status !== 400 && show(answer);
    });
    expect(found).toEqual([]);
  });

  it('does not fail of a field that is absurd', { timeout: MANY_CALLS }, async () => {
    const taking = calls.filter((call) => takesBody(call) && !call.alias);
    const found = await complaints(taking, async (call) => {
      for (const body of absurdBodies(call.route)) {
        const answer = await callRoute(cloud, call, { token: cloud.admin, param: random, body });
        if (answer.status >= 500) return `${JSON.stringify(body).slice(0, 200)}: ${show(answer)}`;
      }
      return false;
    });
    expect(found).toEqual([]);
  });

  it('does not fail of a query that is absurd', { timeout: MANY_CALLS }, async () => {
    const reading = calls.filter(({ route, alias }) => route.method === 'GET' && !alias);
    const found = await complaints(reading, async (call) => {
      for (const query of absurdQueries(call.route)) {
        const answer = await callRoute(cloud, call, { token: cloud.admin, param: random, query });
        if (answer.status >= 500) return `?${query.slice(0, 100)}: ${show(answer)}`;
      }
      return false;
    });
    expect(found).toEqual([]);
  });
});

const takesId = ({ route, params }: RouteCall): boolean =>
  params.length > 0 && !NOT_ABOUT_AN_OBJECT.includes(route.name);

const takesBody = ({ route }: RouteCall): boolean => route.body !== undefined;

function isKeystone401({ status, headers, body }: ApiAnswer, method: string): boolean {
  const challenged = headers['www-authenticate'] === 'Keystone uri="http://cloud.test/identity"';
  if (status !== 401 || !challenged) return false;
  if (method === 'HEAD') return body === undefined;
  const { code, title, message } = body?.error ?? {};
  return code === 401 && title === 'Unauthorized' && typeof message === 'string';
}
