import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { IdentityPort } from '#services/identity/port.ts';

/** An identity service where a user `ada` has the role `member` in the project `ada` and `admin` in the domain `Default`. */
export interface IdentityPortHarness extends AsyncDisposable {
  readonly port: IdentityPort;
  readonly userId: string;
  readonly projectId: string;
  /** Signs ada in; `scope` as of Keystone's API, `auth` in place of her password. @returns her token */
  signIn(scope?: unknown, auth?: unknown): Promise<string>;
  revoke(token: string): Promise<void>;
  /** Makes an application credential of hers that may do this alone. @returns the `identity` to sign in with */
  credential(rules: readonly object[]): Promise<object>;
  /** Lets time pass: tokens live for an hour. */
  pass(ms: number): void;
}

const HOUR = 3_600_000;
const MINUTE = 60_000;
const DEFAULT = { id: 'default', name: 'Default' };

/** What other services may count on, whether the identity service is in this process or any Keystone. */
export function identityPortContract(name: string, makeHarness: () => Promise<IdentityPortHarness>): void {
  describe(`identity port, ${name}`, () => {
    let harness: IdentityPortHarness;
    let port: IdentityPort;
    let project: object;

    beforeAll(async () => {
      harness = await makeHarness();
      ({ port } = harness);
      project = { project: { id: harness.projectId } };
    }, 60_000);
    afterAll(() => harness[Symbol.asyncDispose]());

    it('says who bears a token, where, and as what', async () => {
      const user = { id: harness.userId, name: 'ada', domain: DEFAULT };
      expect(await port.authenticate(await harness.signIn(project))).toEqual({
        user,
        project: { id: harness.projectId, name: 'ada', domain: DEFAULT },
        domainScope: null,
        systemScope: false,
        roles: expect.arrayContaining(['member', 'reader']),
      });
      expect(await port.authenticate(await harness.signIn({ domain: { id: 'default' } }))).toMatchObject({
        user,
        project: null,
        domainScope: DEFAULT,
        roles: expect.arrayContaining(['admin']),
      });
      expect(await port.authenticate(await harness.signIn())).toEqual({
        user,
        project: null,
        domainScope: null,
        systemScope: false,
        roles: [],
      });
    });

    it('knows no token that nobody gave out', async () => {
      const token = await harness.signIn(project);
      const strange = [
        '',
        ' ',
        'nonsense',
        `${token}x`,
        token.slice(0, -1),
        'ä',
        'a\nb',
        'x'.repeat(100_000),
      ];
      for (const one of strange) {
        expect(await port.authenticate(one)).toBeUndefined();
        expect(await port.authenticate(one, { allowExpired: true })).toBeUndefined();
      }
    });

    it('tells what calls an application credential is for', async () => {
      const rule = { service: 'container', method: 'GET', path: '/v1/containers' };
      const token = await harness.signIn(undefined, await harness.credential([rule]));
      const principal = await port.authenticate(token);
      expect(principal).toMatchObject({ project: { id: harness.projectId } });
      expect(principal?.accessRules).toMatchObject([rule]);
    });

    it('knows a token no more a minute after it was revoked, for anybody', async () => {
      const token = await harness.signIn(project);
      expect(await port.authenticate(token)).toBeDefined();
      await harness.revoke(token);
      harness.pass(MINUTE + 1);
      expect(await port.authenticate(token)).toBeUndefined();
      expect(await port.authenticate(token, { allowExpired: true })).toBeUndefined();
    });

    it('knows a token no more when it has expired, but for whoever goes on with what was begun', async () => {
      const token = await harness.signIn(project);
      harness.pass(HOUR - MINUTE / 2);
      expect(await port.authenticate(token)).toBeDefined();
      harness.pass(MINUTE / 2 + 1_000); // whole seconds
      expect(await port.authenticate(token)).toBeUndefined();
      const late = await port.authenticate(token, { allowExpired: true });
      expect(late).toMatchObject({ user: { id: harness.userId }, project: { id: harness.projectId } });
      harness.pass(49 * HOUR);
      expect(await port.authenticate(token, { allowExpired: true })).toBeUndefined();
    });

    it('has no limits where nobody has set any', async () => {
      expect(await port.limits('container', harness.projectId)).toEqual({});
    });
  });
}
