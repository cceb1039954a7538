import { identityPolicy } from '#services/identity/policy.ts';
import { createIdentityService, type Identity, type IdentityOptions } from '#services/identity/index.ts';
import type { IdentityPort } from '#services/identity/port.ts';
import { serveApi, type TestApi } from '#test/support/api.ts';
import type { Clock } from '#kernel/clock.ts';

export const ADMIN_PASSWORD = 'correct horse';

export interface IdentityApi {
  readonly api: TestApi;
  readonly port: IdentityPort;
  /** A token of the administrator in the project `admin`. */
  readonly admin: string;
}

/** The identity service after its bootstrap, checking its own tokens. */
export async function serveIdentity(
  clock?: Clock,
  options: Pick<IdentityOptions, 'passwordRules' | 'tokenLifetime' | 'tokenKeyLifetime'> = {},
): Promise<IdentityApi> {
  let identity: Identity | undefined;
  const api = await serveApi({
    rules: identityPolicy,
    ...(clock ? { clock } : {}),
    authenticate: async (token, leniency) => identity?.port.authenticate(token, leniency),
    services(kit) {
      identity = createIdentityService({ ...kit, ...options, tokenKeys: [Buffer.alloc(32, 1)] });
      return [identity.service];
    },
  });
  if (!identity) throw new Error('The service was not made.');
  await identity.start({
    adminPassword: ADMIN_PASSWORD,
    region: 'RegionOne',
    publicUrl: 'http://cloud.test',
    catalog: [
      { types: ['identity'], name: 'keystone', path: '/identity/v3' },
      { types: ['block-storage', 'volumev3'], name: 'cinder', path: '/volume/v3/$(project_id)s' },
    ],
  });
  return {
    api,
    port: identity.port,
    admin: await tokenOf(api, 'admin', ADMIN_PASSWORD, {
      project: { name: 'admin', domain: { id: 'default' } },
    }),
  };
}

export const passwordAuth = (name: string, password: string, scope?: unknown) => ({
  auth: {
    identity: { methods: ['password'], password: { user: { name, password, domain: { id: 'default' } } } },
    ...(scope === undefined ? {} : { scope }),
  },
});

export async function tokenOf(
  api: TestApi,
  name: string,
  password: string,
  scope?: unknown,
): Promise<string> {
  const answer = await api.post('/identity/v3/auth/tokens', { body: passwordAuth(name, password, scope) });
  if (answer.status !== 201) throw new Error(`No token for ${name}: ${answer.status} ${answer.text}`);
  return String(answer.headers['x-subject-token']);
}
