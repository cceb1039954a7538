import { Type } from 'typebox';
import { route, type Route } from '#kernel/http/route.ts';
import { CreateAppCredential } from '../schema/user.ts';
import type { AppCredentialService, NewAppCredential } from '../service/app-credentials.ts';
import type { TokenService } from '../service/tokens.ts';
import { appCredentialView } from '../view/people.ts';
import { callerOf } from './caller.ts';
import { listLinks } from './resource.ts';

const url = '/v3/users/:user_id/application_credentials';
const UserParams = Type.Object({ user_id: Type.String() });
const Params = Type.Object({ user_id: Type.String(), id: Type.String() });

export const appCredentialRoutes = (credentials: AppCredentialService, tokens: TokenService): Route[] => [
  route({
    method: 'GET',
    url,
    name: 'list-application-credentials',
    summary: "List a user's application credentials.",
    access: 'authenticated',
    params: UserParams,
    query: Type.Object({ name: Type.Optional(Type.String()) }),
    status: 200,
    async handle({ ctx, params, query, base }) {
      const found = await credentials.list(ctx, params.user_id, query.name);
      const roles = await credentials.rolesOf(found);
      const self = `${base}/v3/users/${params.user_id}/application_credentials`;
      return {
        application_credentials: found.map((one) => appCredentialView(one, roles, base)),
        ...listLinks(self),
      };
    },
  }),
  route({
    method: 'POST',
    url,
    name: 'create-application-credential',
    summary: 'Create an application credential; its secret is shown this once.',
    access: 'authenticated',
    params: UserParams,
    body: CreateAppCredential,
    status: 201,
    async handle({ params, body, base, token }) {
      const caller = await callerOf(tokens, token);
      const wanted = body.application_credential as NewAppCredential;
      const { credential, secret } = await credentials.create(caller, params.user_id, wanted);
      const view = appCredentialView(credential, await credentials.rolesOf([credential]), base);
      return { application_credential: { ...view, secret } };
    },
  }),
  route({
    method: 'GET',
    url: `${url}/:id`,
    name: 'get-application-credential',
    summary: 'Show an application credential.',
    access: 'authenticated',
    params: Params,
    status: 200,
    async handle({ ctx, params, base }) {
      const credential = await credentials.get(ctx, params.user_id, params.id);
      return {
        application_credential: appCredentialView(credential, await credentials.rolesOf([credential]), base),
      };
    },
  }),
  route({
    method: 'DELETE',
    url: `${url}/:id`,
    name: 'delete-application-credential',
    summary: 'Delete an application credential; its tokens end at once.',
    access: 'authenticated',
    params: Params,
    status: 204,
    handle: ({ ctx, params }) => credentials.delete(ctx, params.user_id, params.id),
  }),
];
