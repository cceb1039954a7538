import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '#kernel/clock.ts';
import { Database } from '#kernel/db/database.ts';
import { newUuid } from '#kernel/ids.ts';
import type { Service } from '#kernel/http/service.ts';
import { composeCloud, type CloudParts } from '#src/compose.ts';
import type { OpenStackAccess } from '#src/openstack/cloud-entry.ts';
import { callsTo, type TestApi } from './api.ts';
import { Secrecy } from './secrecy.ts';

const ADMIN_PASSWORD = 'correct horse';

/** Somebody who works in a project of their own. */
export interface Member {
  readonly token: string;
  readonly userId: string;
  readonly projectId: string;
}

/** The whole cloud as `compose` makes it, with real tokens, in memory: no port is opened and no node is there. */
export interface TestCloud extends AsyncDisposable, Pick<TestApi, 'call' | 'listen'> {
  readonly services: readonly Service[];
  /** A token of the administrator in the project `admin`. */
  readonly admin: string;
  /** Makes a project with one user in it, who has the role `member`. */
  addMember(name: string): Promise<Member>;
  /** Makes a user who has the role `reader` in a project that is there. */
  addReader(name: string, project: Pick<Member, 'projectId'>): Promise<Member>;
}

export async function startCloud(
  database = Database.open({ kind: 'sqlite', path: ':memory:' }),
  parts: Partial<Pick<CloudParts, 'worker' | 'policyDirectory' | 'clock'>> = {},
): Promise<TestCloud> {
  // Made by the first upload, if there is one.
  const directory = join(tmpdir(), `hydria-cloud-${newUuid()}`);
  const secrecy = new Secrecy();
  const cloud = composeCloud({
    config: { http: { host: '', port: 0, publicUrl: 'http://cloud.test' }, region: 'RegionOne' },
    secrets: {
      adminPassword: ADMIN_PASSWORD,
      tokenKeys: [Buffer.alloc(32, 1).toString('base64url')],
      masterKeys: [Buffer.alloc(32, 2).toString('base64url')],
    },
    database,
    directory,
    dashboard: join(directory, 'dashboard'),
    clock: systemClock,
    log: secrecy.log,
    ...parts,
  });
  await cloud.start();
  const call = callsTo(cloud.http, secrecy);
  const admin = await signIn(call, { name: 'admin', password: ADMIN_PASSWORD, project: { name: 'admin' } });
  return {
    services: cloud.services,
    call,
    listen: () => cloud.http.listen({ host: '127.0.0.1', port: 0 }),
    admin,
    async addMember(name) {
      const projectId = await create(call, admin, 'project', { name });
      return addUser(call, admin, { name, role: 'member', projectId });
    },
    addReader: (name, { projectId }) => addUser(call, admin, { name, role: 'reader', projectId }),
    async [Symbol.asyncDispose]() {
      await cloud.stop();
      await secrecy.assertKept(database);
      await database.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** How another cloud's services would use the cloud at this URL: as its administrator. */
export function adminAccess(url: string): OpenStackAccess {
  const domain = { id: 'default' };
  const user = { name: 'admin', password: ADMIN_PASSWORD, domain };
  return {
    authUrl: `${url}/identity/v3`,
    auth: {
      identity: { methods: ['password'], password: { user } },
      scope: { project: { name: 'admin', domain } },
    },
    region: null,
    interface: 'public',
    endpoints: { identity: `${url}/identity/v3`, image: `${url}/image`, network: `${url}/network` },
  };
}

async function addUser(
  call: TestApi['call'],
  admin: string,
  { name, role, projectId }: { name: string; role: string; projectId: string },
): Promise<Member> {
  const password = `the password of ${name}`;
  const userId = await create(call, admin, 'user', { name, password });
  const { body } = await call('GET', `/identity/v3/roles?name=${role}`, { token: admin });
  const grant = `/identity/v3/projects/${projectId}/users/${userId}/roles/${body.roles[0].id}`;
  await call('PUT', grant, { token: admin });
  return { userId, projectId, token: await signIn(call, { name, password, project: { id: projectId } }) };
}

/** @returns the new object's id. */
async function create(call: TestApi['call'], admin: string, kind: string, fields: object): Promise<string> {
  const answer = await call('POST', `/identity/v3/${kind}s`, { token: admin, body: { [kind]: fields } });
  return String(answer.body[kind].id);
}

interface SignIn {
  readonly name: string;
  readonly password: string;
  /** By name or by id. */
  readonly project: { readonly name: string } | { readonly id: string };
}

async function signIn(call: TestApi['call'], { name, password, project }: SignIn): Promise<string> {
  const domain = { id: 'default' };
  const answer = await call('POST', '/identity/v3/auth/tokens', {
    body: {
      auth: {
        identity: { methods: ['password'], password: { user: { name, password, domain } } },
        scope: { project: 'name' in project ? { ...project, domain } : project },
      },
    },
  });
  if (answer.status !== 201) throw new Error(`No token for ${name}: ${answer.status} ${answer.text}`);
  return String(answer.headers['x-subject-token']);
}
