import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '#kernel/clock.ts';
import { Database } from '#kernel/db/database.ts';
import { newUuid } from '#kernel/ids.ts';
import { silentLogger } from '#kernel/log.ts';
import type { Service } from '#kernel/http/service.ts';
import { composeCloud, type CloudParts } from '#src/compose.ts';
import { callsTo, type TestApi } from './api.ts';

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
}

export async function startCloud(
  database = Database.open({ kind: 'sqlite', path: ':memory:' }),
  parts: Partial<Pick<CloudParts, 'worker' | 'policyDirectory' | 'clock'>> = {},
): Promise<TestCloud> {
  // Made by the first upload, if there is one.
  const directory = join(tmpdir(), `hydria-cloud-${newUuid()}`);
  const cloud = composeCloud({
    config: { http: { host: '', port: 0, publicUrl: 'http://cloud.test' }, region: 'RegionOne' },
    secrets: {
      adminPassword: ADMIN_PASSWORD,
      tokenKeys: [Buffer.alloc(32, 1).toString('base64url')],
      masterKeys: [Buffer.alloc(32, 2).toString('base64url')],
    },
    database,
    directory,
    clock: systemClock,
    log: silentLogger,
    ...parts,
  });
  await cloud.start();
  const call = callsTo(cloud.http);
  const admin = await signIn(call, { name: 'admin', password: ADMIN_PASSWORD, project: 'admin' });
  return {
    services: cloud.services,
    call,
    listen: () => cloud.http.listen({ host: '127.0.0.1', port: 0 }),
    admin,
    addMember: (name) => addMember(call, admin, name),
    async [Symbol.asyncDispose]() {
      await cloud.stop();
      await database.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

async function addMember(call: TestApi['call'], admin: string, name: string): Promise<Member> {
  const make = async (collection: string, singular: string, fields: object) => {
    const answer = await call('POST', `/identity/v3/${collection}`, {
      token: admin,
      body: { [singular]: { name, ...fields } },
    });
    return String(answer.body[singular].id);
  };
  const password = `the password of ${name}`;
  const projectId = await make('projects', 'project', {});
  const userId = await make('users', 'user', { password });
  const { body } = await call('GET', '/identity/v3/roles?name=member', { token: admin });
  const grant = `/identity/v3/projects/${projectId}/users/${userId}/roles/${body.roles[0].id}`;
  await call('PUT', grant, { token: admin });
  return { userId, projectId, token: await signIn(call, { name, password, project: name }) };
}

interface SignIn {
  readonly name: string;
  readonly password: string;
  readonly project: string;
}

async function signIn(call: TestApi['call'], { name, password, project }: SignIn): Promise<string> {
  const domain = { id: 'default' };
  const answer = await call('POST', '/identity/v3/auth/tokens', {
    body: {
      auth: {
        identity: { methods: ['password'], password: { user: { name, password, domain } } },
        scope: { project: { name: project, domain } },
      },
    },
  });
  if (answer.status !== 201) throw new Error(`No token for ${name}: ${answer.status} ${answer.text}`);
  return String(answer.headers['x-subject-token']);
}
