import type { Ctx } from '#kernel/context.ts';
import { projectOf } from '#kernel/context.ts';
import { forbidden } from '#kernel/errors.ts';
import type { Policy } from '#kernel/policy/policy.ts';
import { invalid } from '../model/errors.ts';
import { ADMIN_ATTRIBUTES } from '../policy.ts';
import { toCamel } from '#kernel/db/store.ts';

/** Attributes whose name inside is not the wire's in camel case. */
const RENAMED: Readonly<Record<string, string>> = {
  'router:external': 'external',
  'provider:network_type': 'networkType',
  'provider:physical_network': 'physicalNetwork',
  'provider:segmentation_id': 'segmentationId',
  'binding:host_id': 'host',
  'binding:vnic_type': 'vnicType',
  'binding:profile': 'profile',
};

/** The named attributes of a body, as properties of the domain object; those not given are absent. */
export function pick<T>(body: object, ...names: readonly string[]): Partial<T> {
  const given = body as Record<string, unknown>;
  const entries = names
    .filter((name) => given[name] !== undefined)
    .map((name) => [RENAMED[name] ?? toCamel(name), given[name]]);
  return Object.fromEntries(entries) as Partial<T>;
}

interface OwnerInput {
  readonly project_id?: string;
  readonly tenant_id?: string;
}

/** The project a new object belongs to: the caller's own; administrators may name another. */
export function ownerOf(ctx: Ctx, body: OwnerInput): string {
  const named = body.project_id ?? body.tenant_id;
  if (named !== undefined && named !== projectOf(ctx) && !ctx.isAdmin)
    throw forbidden('Only administrators may create objects of another project.', {
      code: 'PolicyNotAuthorized',
    });
  const owner = named ?? projectOf(ctx);
  if (owner === '') throw invalid('A token without a project needs a project_id in the body.');
  return owner;
}

/** Refuses attributes that are not the caller's to set, unless they only say what is so anyway. */
export function authorizeAttributes(
  ctx: Ctx,
  policy: Policy,
  action: { readonly verb: 'create' | 'update'; readonly object: string },
  body: object,
): void {
  for (const [name, usual] of Object.entries(ADMIN_ATTRIBUTES[action.object] ?? {})) {
    const value = (body as Record<string, unknown>)[name];
    if (
      value === undefined ||
      value === null ||
      value === '' ||
      (action.verb === 'create' && value === usual)
    )
      continue;
    policy.authorize(ctx, `${action.verb}_${action.object}:${name}`);
  }
}
