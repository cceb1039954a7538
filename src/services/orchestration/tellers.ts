import { NOBODY } from '#kernel/context.ts';
import { CloudError } from '#kernel/errors.ts';
import type { InsideCall, InsideCalls } from '#kernel/http/inside-calls.ts';
import { newRequestId } from '#kernel/ids.ts';
import { STACK_USER } from './model/stack-user.ts';
import type { TellerRing } from './resources/resource-type.ts';

/** Where they are: in a domain and a project of their own, where there is nothing else. */
const PLACE = 'heat';

interface Kind {
  readonly path: string;
  readonly list: string;
  readonly member: string;
}
const DOMAINS: Kind = { path: '/domains', list: 'domains', member: 'domain' };
const PROJECTS: Kind = { path: '/projects', list: 'projects', member: 'project' };
const ROLES: Kind = { path: '/roles', list: 'roles', member: 'role' };
const USERS: Kind = { path: '/users', list: 'users', member: 'user' };

type Named = Readonly<Record<string, string>> & { readonly name: string };

/** Identity keeps them. They are made and taken away in the cloud's own name. */
export const tellerRing = (inside: InsideCalls): TellerRing => {
  const call = (request: Omit<InsideCall, 'service'>) =>
    inside.call(
      { requestId: newRequestId(), user: NOBODY, project: null, roles: ['admin'], isAdmin: true },
      { service: 'identity', ...request },
    );
  const find = async ({ path, list }: Kind, { name, domain_id }: Named) => {
    const query = { name, ...(domain_id !== undefined && { domain_id }) };
    const { body } = await call({ method: 'GET', path, query });
    return (body as Record<string, { readonly id: string }[]>)[list]?.[0]?.id;
  };
  /** Two may ask for the same at once. */
  const ensure = async (kind: Kind, named: Named): Promise<string> => {
    const known = await find(kind, named);
    if (known !== undefined) return known;
    try {
      const { body } = await call({ method: 'POST', path: kind.path, body: { [kind.member]: named } });
      return (body as Record<string, { readonly id: string }>)[kind.member]?.id ?? '';
    } catch (thrown) {
      const other = CloudError.from(thrown).kind === 'conflict' ? await find(kind, named) : undefined;
      if (other === undefined) throw thrown;
      return other;
    }
  };
  const place = async () => {
    const domain = await ensure(DOMAINS, { name: PLACE });
    return { domain, project: await ensure(PROJECTS, { name: PLACE, domain_id: domain }) };
  };
  return {
    async add({ name, password }) {
      const { domain, project } = await place();
      const role = await ensure(ROLES, { name: STACK_USER });
      const id = await ensure(USERS, { name, password, domain_id: domain });
      await call({ method: 'PUT', path: `/projects/${project}/users/${id}/roles/${role}` });
      return { id, projectId: project };
    },
    async remove(name) {
      const domain = await find(DOMAINS, { name: PLACE });
      const id = domain && (await find(USERS, { name, domain_id: domain }));
      if (id === undefined) return;
      await call({ method: 'DELETE', path: `/users/${id}` }).catch((thrown: unknown) => {
        if (CloudError.from(thrown).kind !== 'not-found') throw thrown;
      });
    },
  };
};
