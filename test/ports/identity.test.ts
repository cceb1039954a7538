import type { Clock } from '#kernel/clock.ts';
import { RemoteIdentityPort } from '#services/identity/port.http.ts';
import type { IdentityPort } from '#services/identity/port.ts';
import { OpenStackSession } from '#src/openstack/session.ts';
import { ADMIN_PASSWORD, passwordAuth, serveIdentity } from '#test/api/identity/support.ts';
import { adminAccess } from '#test/support/cloud.ts';
import { ManualClock } from '#test/support/manual-clock.ts';
import { identityPortContract, type IdentityPortHarness } from './identity-contract.ts';

const V3 = '/identity/v3';

interface Parts {
  readonly local: IdentityPort;
  readonly url: string;
  readonly clock: Clock;
}

/** Ada in an identity service, whose port is the local one or one over HTTP. */
async function harnessOf(portOf: (parts: Parts) => IdentityPort): Promise<IdentityPortHarness> {
  const clock = new ManualClock();
  const { api, port: local } = await serveIdentity(clock);
  const url = await api.listen();
  const access = adminAccess(url);
  const admin = async () => {
    const made = await api.post(`${V3}/auth/tokens`, { body: { auth: access.auth } });
    return String(made.headers['x-subject-token']);
  };
  const token = await admin();
  const make = async (kind: string, fields: object): Promise<string> =>
    (await api.post(`${V3}/${kind}s`, { token, body: { [kind]: fields } })).body[kind].id;
  const projectId = await make('project', { name: 'ada' });
  const userId = await make('user', { name: 'ada', password: ADMIN_PASSWORD });
  const grant = async (target: string, role: string) => {
    const [{ id }] = (await api.get(`${V3}/roles?name=${role}`, { token })).body.roles;
    await api.put(`${V3}/${target}/users/${userId}/roles/${id}`, { token });
  };
  await grant(`projects/${projectId}`, 'member');
  await grant('domains/default', 'admin');

  const signIn = async (scope?: unknown, identity?: unknown): Promise<string> => {
    const body = identity ? { auth: { identity } } : passwordAuth('ada', ADMIN_PASSWORD, scope);
    const answer = await api.post(`${V3}/auth/tokens`, { body });
    if (answer.status !== 201) throw new Error(`No token: ${answer.status} ${answer.text}`);
    return String(answer.headers['x-subject-token']);
  };
  return {
    port: portOf({ local, url, clock }),
    userId,
    projectId,
    signIn,
    async revoke(subject) {
      await api.delete(`${V3}/auth/tokens`, {
        token: await admin(),
        headers: { 'x-subject-token': subject },
      });
    },
    async credential(access_rules) {
      const own = await signIn({ project: { id: projectId } });
      const body = { application_credential: { name: 'narrow', access_rules } };
      const made = await api.post(`${V3}/users/${userId}/application_credentials`, { token: own, body });
      const { id, secret } = made.body.application_credential;
      return { methods: ['application_credential'], application_credential: { id, secret } };
    },
    pass: (ms) => clock.advance(ms),
    [Symbol.asyncDispose]: () => api[Symbol.asyncDispose](),
  };
}

identityPortContract('local', () => harnessOf(({ local }) => local));

identityPortContract('Hydria over HTTP', () =>
  harnessOf(({ url, clock }) => {
    const session = new OpenStackSession({ access: adminAccess(url), clock });
    return new RemoteIdentityPort({ session, clock });
  }),
);
