import { Type } from 'typebox';
import type { Ctx } from '#kernel/context.ts';
import { CloudError, notFound } from '#kernel/errors.ts';
import { callerOrigin } from '#kernel/http/links.ts';
import { route, type Call, type Route } from '#kernel/http/route.ts';
import { SignalBody } from '../schema/resource.ts';
import type { OrchestrationDeps } from '../service/deps.ts';
import type { SignalService } from '../service/signals.ts';
import type { StackService } from '../service/stacks.ts';
import type { JsonMap } from '../template/json.ts';

/** `arn:openstack:heat::<project>:stacks`, and where the resource is in it. */
const PLACE = ':arn/:stack_name/:stack_id/resources/:resource_name';
const Params = Type.Object({
  arn: Type.String(),
  stack_name: Type.String(),
  stack_id: Type.String(),
  resource_name: Type.String(),
});

interface CfnDeps {
  readonly stacks: StackService;
  readonly signals: SignalService;
  readonly deps: Pick<OrchestrationDeps, 'signer' | 'policy'>;
}

type CfnCall = Call<{ stack_name: string; stack_id: string; resource_name: string }, unknown, object | null>;

/** What machines within stacks tell, with a signature in the address in place of a token. */
export const cfnRoutes = (cfn: CfnDeps): Route[] =>
  (
    [
      ['POST', 'signal'],
      ['PUT', 'waitcondition'],
    ] as const
  ).map(([method, kind]) =>
    route({
      method,
      url: `/v1/${kind}/${PLACE}`,
      name: `tell-${kind}`,
      summary: 'Tell a resource something, by a signed address.',
      access: 'public',
      params: Params,
      body: SignalBody,
      status: 200,
      mediaTypes: ['application/json', 'application/x-www-form-urlencoded', 'text/plain', ''],
      async handle(call) {
        const ctx = await asSigner(cfn, call);
        const { stack_id: id, stack_name: name, resource_name: resource } = call.params;
        const stack = await cfn.stacks.heard(ctx, { id, name });
        const body = (call.body ?? {}) as JsonMap;
        const details = kind === 'waitcondition' ? normal(body) : { ...body, ...deploymentIn(call) };
        await cfn.signals.tell(ctx, { stack, resource, details });
        return null;
      },
    }),
  );

/** The address itself says which deployment of a resource it is of. */
function deploymentIn({ raw }: CfnCall): JsonMap {
  const deployment = new URL(raw.url ?? '/', 'http://self').searchParams.get('deployment');
  return deployment === null ? {} : { deployment };
}

/** CFN's words for what Heat says in its own. */
function normal(body: JsonMap): JsonMap {
  const { Status: status, Reason: reason, Data: data, UniqueId: id, ...others } = body;
  const said = Object.entries({ status, reason, data, id }).filter(([, value]) => value !== undefined);
  return { ...others, ...(Object.fromEntries(said) as JsonMap) };
}

/** @throws CloudError `unauthenticated` for a signature that is nobody's */
async function asSigner({ deps }: CfnDeps, { ctx, raw, headers }: CfnCall): Promise<Ctx> {
  const url = new URL(raw.url ?? '/', 'http://self');
  const { Signature: signature = '', ...params } = Object.fromEntries(url.searchParams);
  const principal = await deps.signer({
    access: params['AWSAccessKeyId'] ?? '',
    signature,
    host: new URL(callerOrigin(headers, 'http://self')).host,
    verb: raw.method ?? '',
    path: decoded(url.pathname),
    params,
  });
  if (!principal?.project) throw new CloudError('unauthenticated', 'The signature is not valid.');
  const { user, project, roles } = principal;
  return { ...ctx, user, project, roles };
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch (cause) {
    throw notFound('There is no such resource.', { cause });
  }
}
