import type { Ctx } from '../context.ts';
import { forbidden, messageOf, type CloudError } from '../errors.ts';
import { parseExpression, rulesIn, type Check, type PolicyTarget } from './expression.ts';

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

/** A rule as it holds now. */
export interface EffectiveRule extends PolicyRule {
  /** What the program brings, where a file says otherwise; null for a rule that files alone have. */
  readonly overrides?: string | null;
}

/** Decides who may do what. Deny by default: a rule that nobody wrote allows nobody. */
export class Policy {
  readonly #defaults: ReadonlyMap<string, PolicyRule>;
  #rules: ReadonlyMap<string, EffectiveRule>;
  #checks: ReadonlyMap<string, Check>;

  constructor(rules: readonly PolicyRule[]) {
    this.#defaults = new Map([...BASE_RULES, ...rules].map((rule) => [rule.name, rule]));
    this.#rules = this.#defaults;
    this.#checks = compile(this.#defaults);
  }

  /**
   * From now on these expressions hold instead of the defaults, and no others: for coarse checks and objects alike.
   * @throws Error that names the rule, when one cannot be read or goes round in circles; then nothing has changed.
   */
  override(overrides: ReadonlyMap<string, string>): void {
    const rules = new Map<string, EffectiveRule>(this.#defaults);
    for (const [name, check] of overrides) {
      const known = this.#defaults.get(name);
      rules.set(name, { name, check, doc: known?.doc ?? '', overrides: known?.check ?? null });
    }
    this.#checks = compile(rules);
    this.#rules = rules;
  }

  /** Every rule as it holds now, in the order of the program. */
  list(): readonly EffectiveRule[] {
    return [...this.#rules.values()];
  }

  /** What is most likely a slip in the files: rules that nothing asks for, and rules that are asked for and not there. */
  doubts(): readonly string[] {
    const rules = this.list();
    const asked = new Set(rules.flatMap(({ check }) => rulesIn(check)));
    const idle = rules.filter((rule) => rule.overrides === null && !asked.has(rule.name));
    const missing = [...asked].filter((name) => !this.#rules.has(name));
    return [
      ...idle.map(({ name }) => `'${name}' is no rule of this cloud, and no other rule uses it`),
      ...missing.map((name) => `'rule:${name}' is used and nowhere defined: it allows nobody`),
    ];
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

function compile(rules: ReadonlyMap<string, PolicyRule>): ReadonlyMap<string, Check> {
  for (const name of rules.keys()) assertEnds(rules, name, []);
  return new Map([...rules.values()].map(({ name, check }) => [name, compileRule(name, check)]));
}

function compileRule(name: string, check: string): Check {
  try {
    return parseExpression(check);
  } catch (cause) {
    throw new Error(`${name}: ${messageOf(cause)}`, { cause });
  }
}

function assertEnds(rules: ReadonlyMap<string, PolicyRule>, name: string, path: readonly string[]): void {
  if (path.includes(name))
    throw new Error(`${name}: it goes round in circles: ${[...path, name].join(' → ')}`);
  for (const next of rulesIn(rules.get(name)?.check ?? '')) assertEnds(rules, next, [...path, name]);
}

const notAllowed = (rule: string) =>
  forbidden(`Policy doesn't allow ${rule} to be performed.`, { code: 'PolicyNotAuthorized' });

const ownTarget = (ctx: Ctx): PolicyTarget => ({
  project_id: ctx.project?.id,
  tenant_id: ctx.project?.id,
  user_id: ctx.user.id,
});
