import type { Static } from 'typebox';
import { route, type Route } from '#kernel/http/route.ts';
import { refTo } from '../model/refs.ts';
import { ContainerParams, SecretParams } from '../schema/common.ts';
import { SetAcl } from '../schema/sharing.ts';
import type { AclChange, AclService } from '../service/acls.ts';
import { aclView } from '../view/acl.ts';

type Params = { readonly secret_id: string } | { readonly container_id: string };

/** The calls on ACLs are the same for secrets and containers. */
interface Place {
  readonly noun: 'secret' | 'container';
  readonly params: typeof SecretParams | typeof ContainerParams;
}

export const aclRoutes = (secrets: AclService, containers: AclService): Route[] => [
  ...routesOf({ noun: 'secret', params: SecretParams }, secrets),
  ...routesOf({ noun: 'container', params: ContainerParams }, containers),
];

function routesOf({ noun, params }: Place, acls: AclService): Route[] {
  const about = { url: `/v1/${noun}s/:${noun}_id/acl`, params, status: 200 };
  const idOf = (given: Params) => ('secret_id' in given ? given.secret_id : given.container_id);
  const ref = (base: string, given: Params) => ({ acl_ref: `${refTo(base, `${noun}s`, idOf(given))}/acl` });
  return [
    route({
      ...about,
      method: 'GET',
      name: `get-${noun}-acl`,
      summary: `See who may read a ${noun}.`,
      access: { rule: `key-manager:${noun}_acls:get` },
      handle: async ({ ctx, params: given }) => aclView(await acls.get(ctx, idOf(given))),
    }),
    route({
      ...about,
      method: 'PUT',
      name: `replace-${noun}-acl`,
      summary: `Say who may read a ${noun}.`,
      access: { rule: `key-manager:${noun}_acls:put_patch` },
      body: SetAcl,
      async handle({ ctx, params: given, body, base }) {
        await acls.replace(ctx, idOf(given), changeOf(body));
        return ref(base, given);
      },
    }),
    route({
      ...about,
      method: 'PATCH',
      name: `update-${noun}-acl`,
      summary: `Change who may read a ${noun}.`,
      access: { rule: `key-manager:${noun}_acls:put_patch` },
      body: SetAcl,
      async handle({ ctx, params: given, body, base }) {
        await acls.change(ctx, idOf(given), changeOf(body));
        return ref(base, given);
      },
    }),
    route({
      ...about,
      method: 'DELETE',
      name: `delete-${noun}-acl`,
      summary: `Let the project read a ${noun} again.`,
      access: { rule: `key-manager:${noun}_acls:delete` },
      handle: ({ ctx, params: given }) => acls.remove(ctx, idOf(given)),
    }),
  ];
}

const changeOf = ({ read }: Static<typeof SetAcl>): AclChange => ({
  projectAccess: read['project-access'],
  users: read.users,
});
