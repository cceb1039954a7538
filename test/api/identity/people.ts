import type { TestApi } from '#test/support/api.ts';
import { tokenOf } from './support.ts';

const V3 = '/identity/v3';

/** A user with a project of their own, in which they have roles. */
export interface Person {
  readonly name: string;
  readonly userId: string;
  readonly projectId: string;
  /** A token of that project, new at each call. */
  readonly login: () => Promise<string>;
}

/** What tests of identity set up with an administrator's token. */
export class People {
  readonly #api: TestApi;
  readonly #admin: string;

  constructor(api: TestApi, admin: string) {
    this.#api = api;
    this.#admin = admin;
  }

  async make(plural: string, singular: string, fields: object): Promise<string> {
    const made = await this.#api.post(`${V3}/${plural}`, {
      token: this.#admin,
      body: { [singular]: fields },
    });
    if (made.status !== 201) throw new Error(`${plural}: ${made.status} ${made.text}`);
    return made.body[singular].id;
  }

  async role(name: string): Promise<string> {
    return (await this.#api.get(`${V3}/roles?name=${name}`, { token: this.#admin })).body.roles[0].id;
  }

  async add(name: string, role = 'member'): Promise<Person> {
    const userId = await this.make('users', 'user', { name, password: 'secret' });
    const projectId = await this.make('projects', 'project', { name });
    await this.grant({ userId, projectId }, role);
    const login = () => tokenOf(this.#api, name, 'secret', { project: { id: projectId } });
    return { name, userId, projectId, login };
  }

  grant(at: { userId: string; projectId: string }, role: string): Promise<number> {
    return this.#grant('PUT', at, role);
  }

  revoke(at: { userId: string; projectId: string }, role: string): Promise<number> {
    return this.#grant('DELETE', at, role);
  }

  async #grant(
    method: string,
    { userId, projectId }: { userId: string; projectId: string },
    role: string,
  ): Promise<number> {
    const url = `${V3}/projects/${projectId}/users/${userId}/roles/${await this.role(role)}`;
    return (await this.#api.call(method, url, { token: this.#admin })).status;
  }
}
