import type { Ctx } from '#kernel/context.ts';
import { defaultRuleKind } from '../kinds-extra.ts';
import { assertRule, ruleExists, sameRule, type DefaultRule } from '../model/security-group.ts';
import { newStandard, type Target } from '../model/standard.ts';
import type { CreateDefaultRuleBody } from '../schema/security-group.ts';
import { defaultRuleStore } from '../store/stores.ts';
import type { UseCaseDeps } from './deps.ts';
import { ruleTerms } from './security-groups.ts';
import { createEach } from './unit.ts';

/** Use-cases on the rules that new groups start with. They are made and deleted, never changed. */
export class DefaultRuleService {
  readonly #deps: UseCaseDeps;

  constructor(deps: UseCaseDeps) {
    this.#deps = deps;
  }

  create(ctx: Ctx, bodies: readonly CreateDefaultRuleBody[]): Promise<DefaultRule[]> {
    return createEach(this.#deps.unit, bodies, async ({ tx }, body) => {
      const rule: DefaultRule = {
        ...newStandard(ctx, '', { description: body.description ?? '' }),
        ...ruleTerms(body),
        usedInDefaultSg: body.used_in_default_sg ?? false,
        usedInNonDefaultSg: body.used_in_non_default_sg ?? true,
      };
      assertRule(rule);
      const same = (await defaultRuleStore.list(tx, (eb) => eb('direction', '=', rule.direction))).find(
        (other) => sameRule(other, rule),
      );
      if (same) throw ruleExists(same.id);
      await defaultRuleStore.insert(tx, [rule]);
      return rule;
    });
  }

  delete(ctx: Ctx, target: Target): Promise<void> {
    return this.#deps.unit.run(async ({ tx }) => {
      const rule = 'delete_default_security_group_rule';
      const { id } = await this.#deps.reader.load(tx, ctx, defaultRuleKind, { target, rule });
      await defaultRuleStore.delete(tx, [id]);
    });
  }
}
