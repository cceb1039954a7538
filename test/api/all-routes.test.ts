import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newUuid } from '#kernel/ids.ts';
import { BASE_RULES } from '#kernel/policy/policy.ts';
import type { ApiAnswer } from '#test/support/api.ts';
import { startCloud, type Member, type TestCloud } from '#test/support/cloud.ts';
import { callRoute, complaints, routeCalls, type RouteCall } from '#test/support/route-calls.ts';

let cloud: TestCloud;
let calls: readonly RouteCall[];
let stranger: Member;

beforeAll(async () => {
  cloud = await startCloud();
  calls = routeCalls(cloud.services);
  stranger = await cloud.addMember('stranger');
});
afterAll(() => cloud[Symbol.asyncDispose]());

const random = () => newUuid();
const isPublic = ({ route }: RouteCall): boolean => route.access === 'public';
const show = ({ status, text }: ApiAnswer): string => `${status} ${text.slice(0, 200)}`;

describe('the definition of every route', () => {
  it('has a name of its own in its service', async () => {
    const names = (call: RouteCall) => call.service.routes.filter(({ name }) => name === call.route.name);
    expect(
      await complaints(calls, (call) => names(call).length > 1 && `shares the name '${call.route.name}'`),
    ).toEqual([]);
  });

  it('has a schema for each parameter in its path', async () => {
    const found = await complaints(calls, ({ route, params }) => {
      const described = Object.keys((route.params as { properties?: object } | undefined)?.properties ?? {});
      const missing = params.filter((name) => !described.includes(name));
      return missing.length > 0 && `has no schema for ${missing.join(', ')}`;
    });
    expect(found).toEqual([]);
  });

  it('calls the parameters of one path by one name', async () => {
    const shape = ({ service, route }: RouteCall) => service.prefix + route.url.replaceAll(/:\w+/g, ':');
    const found = await complaints(calls, (call) => {
      const other = calls.find((one) => shape(one) === shape(call) && one.route.url !== call.route.url);
      return other !== undefined && `is ${other.route.url} elsewhere`;
    });
    expect(found).toEqual([]);
  });

  it('has a schema for its body wherever a collection is posted to or an object is patched', async () => {
    const wantsBody = ({ route, params }: RouteCall) =>
      route.method === 'PATCH' || (route.method === 'POST' && params.length === 0);
    const found = await complaints(calls, (call) => {
      const { body, streams } = call.route;
      return wantsBody(call) && body === undefined && streams === undefined && 'has no schema for its body';
    });
    expect(found).toEqual([]);
  });

  it('names a rule that is in the policy, with a line for the reader', async () => {
    const docs = new Map(
      [...BASE_RULES, ...cloud.services.flatMap(({ policy }) => policy)].map(({ name, doc }) => [name, doc]),
    );
    const found = await complaints(calls, ({ route: { access } }) => {
      if (typeof access === 'string') return false;
      return !docs.get(access.rule) && `has the rule '${access.rule}', which is missing or has no doc`;
    });
    expect(found).toEqual([]);
  });
});

describe('every route that is not public', () => {
  it.each([
    ['without a token', undefined],
    ['with a token that nobody issued', 'gAAAAAgarbage'],
  ])('answers 401 %s, as Keystone words it', async (_, token) => {
    const closed = calls.filter((call) => !isPublic(call));
    const found = await complaints(closed, async (call) => {
      const answer = await callRoute(cloud, call, { token, param: random });
      const challenge = /^Keystone uri="http:\/\/cloud\.test\/identity"$/;
      const right =
        answer.status === 401 &&
        challenge.test(String(answer.headers['www-authenticate'])) &&
        (call.route.method === 'HEAD' || isKeystoneFault(answer, 'Unauthorized'));
      return !right && show(answer);
    });
    expect(found).toEqual([]);
  });

  const isKeystoneFault = ({ status, body }: ApiAnswer, title: string): boolean =>
    body?.error?.code === status && body.error.title === title && typeof body.error.message === 'string';
});

describe('every route that takes an id', () => {
  const withIds = () => calls.filter((call) => call.params.length > 0 && !isPublic(call));

  it('answers 403 or 404 to a member who makes ids up', async () => {
    const found = await complaints(withIds(), async (call) => {
      const answer = await callRoute(cloud, call, { token: stranger.token, param: random });
      return ![403, 404].includes(answer.status) && show(answer);
    });
    expect(found).toEqual([]);
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
    const found = await complaints(withIds(), async (call) => {
      const answer = await callRoute(cloud, call, { token: cloud.admin, param: () => id });
      return answer.status >= 500 && show(answer);
    });
    expect(found).toEqual([]);
  });
});

describe('every route that takes a body', () => {
  it.each([
    ['a number', 7],
    ['a text', 'text'],
    ['a list of numbers', [7]],
  ])('answers 400 to %s', async (_, body) => {
    const taking = calls.filter(({ route }) => route.body);
    const found = await complaints(taking, async (call) => {
      const answer = await callRoute(cloud, call, { token: cloud.admin, param: random, body });
      return answer.status !== 400 && show(answer);
    });
    expect(found).toEqual([]);
  });
});
