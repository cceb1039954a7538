import type { AuditLog } from '../audit/audit-log.ts';
import type { AuditOutcome, NewAuditRecord } from '../audit/record.ts';
import type { Actor, Ctx } from '../context.ts';
import { CloudError } from '../errors.ts';
import { JsonText, Reply, type Route } from './route.ts';

/** A call as the audit sees it. */
export interface AuditedCall {
  readonly service: string;
  readonly route: Route;
  readonly ctx: Ctx;
  /** Below the service's prefix, without the query. */
  readonly path: string;
  readonly source: string;
}

type Wire = Readonly<Record<string, unknown>>;

/** Does the work of a call, and leaves a record of it when the call may change something: also when it was refused. */
export async function audited(
  audit: Pick<AuditLog, 'append'>,
  call: AuditedCall,
  work: () => Promise<unknown>,
): Promise<unknown> {
  if (call.route.method === 'GET' || call.route.method === 'HEAD') return work();
  try {
    const result = await work();
    await audit.append(successOf(call, result));
    return result;
  } catch (thrown) {
    await audit.append(recordOf(call, refusalOf(thrown)));
    throw thrown;
  }
}

function successOf(call: AuditedCall, result: unknown): NewAuditRecord {
  const status = (result instanceof Reply ? result.status : undefined) ?? call.route.status;
  const body = bodyOf(result);
  const bearer = bearerOf(body);
  return {
    ...recordOf(call, { outcome: status === 202 ? 'accepted' : 'success', reason: '' }),
    ...(call.ctx.user.id === '' && bearer ? bearer : {}),
    target: call.route.method === 'POST' ? targetOf(call.path, body) : call.path,
  };
}

const recordOf = (
  { service, route, ctx, path, source }: AuditedCall,
  end: { outcome: AuditOutcome; reason: string },
): NewAuditRecord => ({
  ...end,
  requestId: ctx.requestId,
  service,
  action: route.name,
  user: ctx.user,
  projectId: ctx.project?.id ?? null,
  target: path,
  source,
});

/** The code alone: a message may quote what the caller sent. */
function refusalOf(thrown: unknown): { outcome: AuditOutcome; reason: string } {
  const { kind, code } = CloudError.from(thrown);
  const denied = kind === 'forbidden' || kind === 'unauthenticated';
  return { outcome: denied ? 'denied' : 'failure', reason: code };
}

const bodyOf = (result: unknown): unknown => {
  const body = result instanceof Reply ? result.body : result;
  return body instanceof JsonText ? JSON.parse(body.text) : body;
};

/** Who has just been given a token. */
function bearerOf(body: unknown): Pick<NewAuditRecord, 'user' | 'projectId'> | undefined {
  const token = wire(wire(body)?.['token']);
  const user = token?.['user'] as Actor | undefined;
  return user && { user, projectId: (wire(token?.['project'])?.['id'] as string | undefined) ?? null };
}

/** The new object's path, where the answer shows one that the path does not name yet. */
function targetOf(path: string, body: unknown): string {
  const object = wire(body);
  const made = object && ('id' in object || 'uuid' in object ? object : wire(Object.values(object)[0]));
  const id = made?.['id'] ?? made?.['uuid'];
  return typeof id === 'string' && !path.includes(id) ? `${path}/${id}` : path;
}

const wire = (value: unknown): Wire | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !('pipe' in value)
    ? (value as Wire)
    : undefined;
