import type { Ctx } from '#kernel/context.ts';
import { qosPolicyKind } from '../kinds-extra.ts';
import {
  qosDefaultExists,
  qosPolicyInUse,
  qosRuleExists,
  qosRuleNotFound,
  type QosPolicy,
  type QosRule,
} from '../model/qos.ts';
import { SHARED } from '../model/sharing.ts';
import { changed, newStandard, type Target } from '../model/standard.ts';
import type {
  CreateQosPolicyBody,
  CreateQosRuleBody,
  UpdateQosPolicyBody,
  UpdateQosRuleBody,
} from '../schema/qos.ts';
import { deleteEntries } from '../store/sharing.ts';
import { qosPolicyStore, qosRuleStore } from '../store/stores.ts';
import type { NetworkTx } from '../tables.ts';
import type { UseCaseDeps } from './deps.ts';
import { touchLimited, usesOfPolicy } from './qos-uses.ts';
import { getVisible } from './reader.ts';
import { shareWithAll } from './sharing.ts';
import { createEach, type Work } from './unit.ts';
import { ownerOf, pick } from './wire.ts';

/** Use-cases on quality of service: policies and their rules of bandwidth. */
export class QosService {
  readonly #deps: UseCaseDeps;

  constructor(deps: UseCaseDeps) {
    this.#deps = deps;
  }

  create(ctx: Ctx, bodies: readonly CreateQosPolicyBody[]): Promise<QosPolicy[]> {
    return createEach(this.#deps.unit, bodies, async ({ tx }, body) => {
      const policy: QosPolicy = {
        ...newStandard(ctx, ownerOf(ctx, body), body.tags ? { tags: body.tags } : {}),
        isDefault: false,
        ...pick<QosPolicy>(body, 'name', 'description', 'is_default'),
      };
      await assertOneDefault(tx, policy);
      await qosPolicyStore.insert(tx, [policy]);
      await share(ctx, tx, policy, body.shared);
      return policy;
    });
  }

  update(ctx: Ctx, target: Target, body: UpdateQosPolicyBody): Promise<QosPolicy> {
    return this.#deps.unit.run(async (work) => {
      const before = await this.#load(ctx, work, target, 'update_policy');
      const after = changed(ctx, before, pick<QosPolicy>(body, 'name', 'description', 'is_default'));
      await assertOneDefault(work.tx, after);
      await qosPolicyStore.update(work.tx, after);
      await share(ctx, work.tx, after, body.shared);
      return after;
    });
  }

  delete(ctx: Ctx, target: Target): Promise<void> {
    return this.#deps.unit.run(async (work) => {
      const { id } = await this.#load(ctx, work, target, 'delete_policy');
      const [use] = await usesOfPolicy(work.tx, id);
      if (use) throw qosPolicyInUse(id, `${use.kind} ${use.id}`);
      await deleteEntries(work.tx, [id]);
      await qosPolicyStore.delete(work.tx, [id]);
    });
  }

  createRules(ctx: Ctx, parent: Target, bodies: readonly CreateQosRuleBody[]): Promise<QosRule[]> {
    return createEach(this.#deps.unit, bodies, async (work, body) => {
      const policy = await this.#load(ctx, work, parent, 'create_policy_bandwidth_limit_rule');
      const rule: QosRule = {
        ...newStandard(ctx, policy.projectId),
        policyId: policy.id,
        maxKbps: body.max_kbps,
        maxBurstKbps: body.max_burst_kbps ?? 0,
        direction: body.direction ?? 'egress',
      };
      await assertOneOfDirection(work.tx, rule);
      await qosRuleStore.insert(work.tx, [rule]);
      await this.#touch(ctx, work, policy);
      return rule;
    });
  }

  updateRule(ctx: Ctx, parent: Target, ruleId: string, body: UpdateQosRuleBody): Promise<QosRule> {
    return this.#deps.unit.run(async (work) => {
      const policy = await this.#load(ctx, work, parent, 'update_policy_bandwidth_limit_rule');
      const before = await findRule(work.tx, policy.id, ruleId);
      const after = changed(ctx, before, pick<QosRule>(body, 'max_kbps', 'max_burst_kbps', 'direction'));
      await assertOneOfDirection(work.tx, after);
      await qosRuleStore.update(work.tx, after);
      await this.#touch(ctx, work, policy);
      return after;
    });
  }

  deleteRule(ctx: Ctx, parent: Target, ruleId: string): Promise<void> {
    return this.#deps.unit.run(async (work) => {
      const policy = await this.#load(ctx, work, parent, 'delete_policy_bandwidth_limit_rule');
      await findRule(work.tx, policy.id, ruleId);
      await qosRuleStore.delete(work.tx, [ruleId]);
      await this.#touch(ctx, work, policy);
    });
  }

  async #touch(ctx: Ctx, work: Work, policy: QosPolicy): Promise<void> {
    await qosPolicyStore.update(work.tx, changed(ctx, policy, {}));
    await touchLimited(work, policy.id);
  }

  async #load(ctx: Ctx, { tx }: Work, target: Target, rule: string): Promise<QosPolicy> {
    return this.#deps.reader.load(tx, ctx, qosPolicyKind, { target, rule });
  }
}

const share = (ctx: Ctx, tx: NetworkTx, { id, projectId }: QosPolicy, wanted: boolean | undefined) =>
  shareWithAll(ctx, tx, { objectType: 'qos_policy', objectId: id, projectId, action: SHARED, wanted });

async function assertOneDefault(tx: NetworkTx, policy: QosPolicy): Promise<void> {
  if (!policy.isDefault) return;
  const other = await defaultPolicy(tx, policy.projectId);
  if (other && other.id !== policy.id) throw qosDefaultExists(policy.projectId);
}

/** What new networks of a project get. */
export const defaultPolicy = async (tx: NetworkTx, projectId: string): Promise<QosPolicy | undefined> =>
  (
    await qosPolicyStore.list(tx, (eb) =>
      eb.and([eb('project_id', '=', projectId), eb('is_default', '=', 1)]),
    )
  )[0];

async function assertOneOfDirection(tx: NetworkTx, rule: QosRule): Promise<void> {
  const others = await qosRuleStore.list(tx, (eb) => eb('policy_id', '=', rule.policyId));
  if (others.some(({ id, direction }) => id !== rule.id && direction === rule.direction))
    throw qosRuleExists(rule.policyId, rule.direction);
}

async function findRule(tx: NetworkTx, policyId: string, id: string): Promise<QosRule> {
  const rule = await qosRuleStore.find(tx, id);
  if (rule?.policyId !== policyId) throw qosRuleNotFound(policyId, id);
  return rule;
}

/** @throws CloudError `QosPolicyNotFound` for what the caller may not use. */
export async function assertPolicyVisible(
  ctx: Ctx,
  tx: NetworkTx,
  id: string | null | undefined,
): Promise<void> {
  if (id) await getVisible(tx, ctx, qosPolicyKind, id);
}
