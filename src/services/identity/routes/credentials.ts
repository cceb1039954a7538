import { Type } from 'typebox';
import { badRequest } from '#kernel/errors.ts';
import { Reply, route, type Route } from '#kernel/http/route.ts';
import { defined } from '../schema/common.ts';
import {
  CreateCredential,
  CreateEc2Credential,
  Ec2Tokens,
  ListCredentials,
  S3Tokens,
  UpdateCredential,
} from '../schema/credential.ts';
import type { CatalogAdmin } from '../service/catalog.ts';
import type { Ec2Authentication } from '../service/ec2.ts';
import type { TokenService, ValidToken } from '../service/tokens.ts';
import type { UserCredentialService } from '../service/user-credentials.ts';
import { credentialView, ec2View } from '../view/credential.ts';
import { tokenView } from '../view/token.ts';
import { callerOf } from './caller.ts';
import { listLinks, resourceRoutes } from './resource.ts';

const url = '/v3/users/:user_id/credentials/OS-EC2';
const Owner = Type.Object({ user_id: Type.String() });
const Keys = Type.Object({ user_id: Type.String(), access: Type.String() });
const open = { access: 'authenticated' } as const;

export const credentialRoutes = (credentials: UserCredentialService, tokens: TokenService): Route[] => [
  ...resourceRoutes({
    singular: 'credential',
    plural: 'credentials',
    schema: { list: ListCredentials, create: CreateCredential, update: UpdateCredential },
    access: 'authenticated',
    list: (ctx, query) => credentials.list(ctx, defined({ userId: query.user_id, type: query.type })),
    get: (ctx, id) => credentials.get(ctx, id),
    create: (ctx, body) => credentials.create(ctx, body),
    update: (ctx, id, body) => credentials.update(ctx, id, body),
    delete: (ctx, id) => credentials.delete(ctx, id),
    view: credentialView,
  }),
  route({
    ...open,
    method: 'GET',
    url,
    name: 'list-ec2-credentials',
    summary: "List a user's keys for EC2's signatures.",
    params: Owner,
    status: 200,
    async handle({ ctx, params: { user_id: userId }, base }) {
      const found = await credentials.listEc2(ctx, userId);
      const self = `${base}/v3/users/${userId}/credentials/OS-EC2`;
      return { credentials: found.map((one) => ec2View(one, base)), ...listLinks(self) };
    },
  }),
  route({
    ...open,
    method: 'POST',
    url,
    name: 'create-ec2-credential',
    summary: "Make keys for EC2's signatures.",
    params: Owner,
    body: CreateEc2Credential,
    status: 201,
    async handle({ ctx, params, body, base, token }) {
      const owner = { userId: params.user_id, projectId: body.tenant_id };
      const made = await credentials.createEc2(ctx, await callerOf(tokens, token), owner);
      return { credential: ec2View(made, base) };
    },
  }),
  route({
    ...open,
    method: 'GET',
    url: `${url}/:access`,
    name: 'get-ec2-credential',
    summary: "Show keys for EC2's signatures.",
    params: Keys,
    status: 200,
    handle: async ({ ctx, params, base }) => ({
      credential: ec2View(await credentials.getEc2(ctx, params.user_id, params.access), base),
    }),
  }),
  route({
    ...open,
    method: 'DELETE',
    url: `${url}/:access`,
    name: 'delete-ec2-credential',
    summary: "Delete keys for EC2's signatures.",
    params: Keys,
    status: 204,
    handle: ({ ctx, params }) => credentials.deleteEc2(ctx, params.user_id, params.access),
  }),
];

/** For services that were sent a signature: what they get is a token of whoever signed. */
export function signatureRoutes(ec2: Ec2Authentication, catalog: CatalogAdmin): Route[] {
  const answer = async ({ token, valid }: { token: string; valid: ValidToken }) => {
    const items = await catalog.catalog(valid.target?.project.id ?? null);
    return new Reply({ token: tokenView(valid, items) }, { headers: { 'x-subject-token': token } });
  };
  const access = { rule: 'identity:validate_signature' } as const;
  return [
    route({
      access,
      method: 'POST',
      url: '/v3/ec2tokens',
      name: 'issue-ec2-token',
      summary: "Turn a request signed as EC2's into a token.",
      body: Ec2Tokens,
      status: 200,
      async handle({ body }) {
        const signed = body.credentials ?? body.ec2Credentials;
        if (!signed) throw badRequest('The request lacks credentials.');
        return answer(await ec2.ofRequest(signed));
      },
    }),
    route({
      access,
      method: 'POST',
      url: '/v3/s3tokens',
      name: 'issue-s3-token',
      summary: 'Turn a text signed as S3 does into a token.',
      body: S3Tokens,
      status: 200,
      handle: async ({ body }) => answer(await ec2.ofText(body.credentials)),
    }),
  ];
}
