import type { Ctx } from '../context.ts';
import { forbidden, type CloudError } from '../errors.ts';
import { parseExpression, type Check, type PolicyTarget } from './expression.ts';

/** A rule with its default: the name upstream's policy files use, an expression, and a line for the reader. */
export interface PolicyRule {
  readonly name: string;
  readonly check: string;
  readonly doc: string;
}

/** Expressions that the services' rules are made of. */
export const BASE_RULES: readonly PolicyRule[] = [
  { name: 'admin', check: 'role:admin', doc: "The cloud's administrators." },
  {
    name: 'owner',
    check: 'project_id:%(project_id)s',
    doc: 'Whoever works in the project the object belongs to.',
  },
  {
    name: 'admin_or_owner',
    check: 'rule:admin or rule:owner',
    doc: 'Administrators, and the owning project.',
  },
  {
    name: 'reader',
    check: 'rule:admin or (role:reader and rule:owner)',
    doc: 'Administrators, and readers of the owning project.',
  },
  {
    name: 'member',
    check: 'rule:admin or (role:member and rule:owner)',
    doc: 'Administrators, and members of the owning project.',
  },
];

/** Decides who may do what. Deny by default: a rule that nobody wrote allows nobody. */
export class Policy {
  readonly #checks: ReadonlyMap<string, Check>;

  constructor(rules: readonly PolicyRule[]) {
    this.#checks = new Map([...BASE_RULES, ...rules].map((rule) => [rule.name, parseExpression(rule.check)]));
  }

  has(rule: string): boolean {
    return this.#checks.has(rule);
  }

  /** `target` defaults to the caller's own project: the coarse check before an object is loaded. */
  allows(ctx: Ctx, rule: string, target: PolicyTarget = ownTarget(ctx)): boolean {
    const check = this.#checks.get(rule);
    return check !== undefined && check(ctx, target, this.#checks);
  }

  /** @throws CloudError `forbidden` with the rule's name, as oslo.policy words it. */
  authorize(ctx: Ctx, rule: string, target?: PolicyTarget): void {
    if (!this.allows(ctx, rule, target)) throw notAllowed(rule);
  }

  /** For objects whose very existence is hidden from strangers: what may not be seen is not found. */
  authorizeVisible(ctx: Ctx, rule: string, target: PolicyTarget, hidden: () => CloudError): void {
    if (!this.allows(ctx, rule, target))
      throw this.allows(ctx, 'admin_or_owner', target) ? notAllowed(rule) : hidden();
  }
}

const notAllowed = (rule: string) =>
  forbidden(`Policy doesn't allow ${rule} to be performed.`, { code: 'PolicyNotAuthorized' });

const ownTarget = (ctx: Ctx): PolicyTarget => ({
  project_id: ctx.project?.id,
  tenant_id: ctx.project?.id,
  user_id: ctx.user.id,
});
