import type { Ctx } from '#kernel/context.ts';
import { groupKind, ruleKind } from '../kinds.ts';
import { addressGroupKind } from '../kinds-extra.ts';
import { canonical } from '../model/addresses.ts';
import { refused } from '../model/errors.ts';
import {
  assertRule,
  DEFAULT_GROUP,
  defaultGroupId,
  firstRules,
  groupInUse,
  groupNotFound,
  ruleExists,
  sameRule,
  type RuleTerms,
  type SecurityGroup,
  type SecurityGroupRule,
} from '../model/security-group.ts';
import { changed, newStandard, type Target } from '../model/standard.ts';
import type { CreateGroupBody, CreateRuleBody, UpdateGroupBody } from '../schema/security-group.ts';
import { deleteEntries } from '../store/sharing.ts';
import { defaultRuleStore, groupStore, ruleStore } from '../store/stores.ts';
import type { NetworkDb, NetworkTx } from '../tables.ts';
import type { UseCaseDeps } from './deps.ts';
import { touchMembers } from './group-members.ts';
import { assertQuota } from './quotas.ts';
import { findVisible, getVisible } from './reader.ts';
import { createEach, type Work } from './unit.ts';
import { ownerOf, pick } from './wire.ts';
import { sql } from 'kysely';

/** Every project has its default group from the first time it is looked for. */
export async function ensureDefaultGroup(ctx: Ctx, tx: NetworkTx, projectId: string): Promise<void> {
  const id = defaultGroupId(projectId);
  if (projectId === '' || (await groupStore.find(tx, id))) return;
  const description = 'Default security group';
  const group = newGroup(ctx, projectId, { id, name: DEFAULT_GROUP, description });
  await groupStore.insert(tx, [group]);
  await ruleStore.insert(tx, firstRules(ctx, group, await defaultsFor(tx, 'used_in_default_sg')));
}

/** The rules that new groups of a kind start with. */
const defaultsFor = (tx: NetworkTx, kind: 'used_in_default_sg' | 'used_in_non_default_sg') =>
  defaultRuleStore.list(tx, (eb) => eb(kind, '=', 1));

interface GroupInput {
  readonly id?: string;
  readonly name: string;
  readonly description: string;
  readonly stateful?: boolean;
  readonly tags?: readonly string[];
}

const newGroup = (ctx: Ctx, projectId: string, input: GroupInput): SecurityGroup => ({
  ...newStandard(ctx, projectId, input),
  stateful: input.stateful ?? true,
  generation: 1,
});

/** @throws CloudError `SecurityGroupNotFound`. */
export async function assertGroupsVisible(db: NetworkDb, ctx: Ctx, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  const found = new Set(
    (await findVisible(db, ctx, groupKind, sql`id in (${sql.join([...ids])})`)).map(({ id }) => id),
  );
  const missing = ids.find((id) => !found.has(id));
  if (missing !== undefined) throw groupNotFound(missing);
}

/** Use-cases on security groups. */
export class SecurityGroupService {
  readonly #deps: UseCaseDeps;

  constructor(deps: UseCaseDeps) {
    this.#deps = deps;
  }

  /** Makes the caller's default group when it is missing; only then does this write. */
  async ensureDefault(ctx: Ctx, projectId: string): Promise<void> {
    await this.#deps.unit.run(({ tx }) => ensureDefaultGroup(ctx, tx, projectId));
  }

  create(ctx: Ctx, bodies: readonly CreateGroupBody[]): Promise<SecurityGroup[]> {
    return this.#deps.unit.run(async (work) => {
      const { tx } = work;
      const groups = bodies.map((body) => createdGroup(ctx, body));
      for (const group of groups) {
        await ensureDefaultGroup(ctx, tx, group.projectId);
        await assertQuota(work, group.projectId, 'security_group');
        await groupStore.insert(tx, [group]);
        await ruleStore.insert(tx, firstRules(ctx, group, await defaultsFor(tx, 'used_in_non_default_sg')));
      }
      return groups;
    });
  }

  update(ctx: Ctx, target: Target, body: UpdateGroupBody): Promise<SecurityGroup> {
    return this.#deps.unit.run(async ({ tx }) => {
      const before = await this.#deps.reader.load(tx, ctx, groupKind, {
        target,
        rule: 'update_security_group',
      });
      if (isDefault(before) && !ctx.isAdmin && body.name !== undefined && body.name !== before.name)
        throw refused('SecurityGroupCannotUpdateDefault', 'Updating the default security group not allowed.');
      if (!isDefault(before)) assertNotDefaultName(body.name);
      const after = changed(ctx, before, pick<SecurityGroup>(body, 'name', 'description', 'stateful'));
      if (before.stateful !== after.stateful) await assertNoMembers(tx, after.id);
      await groupStore.update(tx, after);
      return after;
    });
  }

  delete(ctx: Ctx, target: Target): Promise<void> {
    return this.#deps.unit.run(async (work) => {
      const { tx } = work;
      const group = await this.#deps.reader.load(tx, ctx, groupKind, {
        target,
        rule: 'delete_security_group',
      });
      if (isDefault(group) && !ctx.isAdmin)
        throw refused(
          'SecurityGroupCannotRemoveDefault',
          'Insufficient rights for removing default security group.',
        );
      await assertNoMembers(tx, group.id);
      const naming = await ruleStore.list(tx, (eb) => eb('remote_group_id', '=', group.id));
      for (const rule of naming) await touchMembers(work, [rule.securityGroupId], [rule]);
      await ruleStore.delete(
        tx,
        naming.map(({ id }) => id),
      );
      await deleteEntries(tx, [group.id]);
      await groupStore.delete(tx, [group.id]);
    });
  }
}

/** @throws CloudError while a port is in the group. */
async function assertNoMembers(tx: NetworkTx, groupId: string): Promise<void> {
  const member = await tx
    .selectFrom('network_port_group')
    .select('port_id')
    .where('group_id', '=', groupId)
    .executeTakeFirst();
  if (member) throw groupInUse(groupId);
}

const isDefault = (group: SecurityGroup): boolean => group.id === defaultGroupId(group.projectId);

function assertNotDefaultName(name: string | null | undefined): void {
  if (name === DEFAULT_GROUP)
    throw refused('SecurityGroupDefaultAlreadyExists', 'Default security group already exists.');
}

function createdGroup(ctx: Ctx, body: CreateGroupBody): SecurityGroup {
  assertNotDefaultName(body.name);
  return newGroup(ctx, ownerOf(ctx, body), {
    name: body.name ?? '',
    description: body.description ?? '',
    ...(body.stateful === undefined ? {} : { stateful: body.stateful }),
    ...(body.tags ? { tags: body.tags } : {}),
  });
}

/** Use-cases on rules. Rules are made and deleted, never changed. */
export class SecurityGroupRuleService {
  readonly #deps: UseCaseDeps;

  constructor(deps: UseCaseDeps) {
    this.#deps = deps;
  }

  create(ctx: Ctx, bodies: readonly CreateRuleBody[]): Promise<SecurityGroupRule[]> {
    return createEach(this.#deps.unit, bodies, (work, body) => this.#createOne(ctx, work, body));
  }

  async #createOne(ctx: Ctx, work: Work, body: CreateRuleBody): Promise<SecurityGroupRule> {
    const { tx } = work;
    const group = await getVisible(tx, ctx, groupKind, body.security_group_id);
    this.#deps.policy.authorize(ctx, 'create_security_group_rule', { project_id: group.projectId });
    if (body.remote_address_group_id)
      await getVisible(tx, ctx, addressGroupKind, body.remote_address_group_id);
    if (body.remote_group_id) await getVisible(tx, ctx, groupKind, body.remote_group_id);
    await assertQuota(work, group.projectId, 'security_group_rule');
    const rule = newRule(ctx, group, body);
    assertRule(rule);
    const others = await ruleStore.list(tx, (eb) => eb('security_group_id', '=', group.id));
    const same = others.find((other) => sameRule(other, rule));
    if (same) throw ruleExists(same.id);
    await ruleStore.insert(tx, [rule]);
    await groupStore.update(tx, changed(ctx, group, {}));
    await touchMembers(work, [group.id], [rule]);
    return rule;
  }

  delete(ctx: Ctx, target: Target): Promise<void> {
    return this.#deps.unit.run(async (work) => {
      const rule = await this.#deps.reader.load(work.tx, ctx, ruleKind, {
        target,
        rule: 'delete_security_group_rule',
      });
      await ruleStore.delete(work.tx, [rule.id]);
      const group = await groupStore.find(work.tx, rule.securityGroupId);
      if (group) await groupStore.update(work.tx, changed(ctx, group, {}));
      await touchMembers(work, [rule.securityGroupId], [rule]);
    });
  }
}

const newRule = (ctx: Ctx, group: SecurityGroup, body: CreateRuleBody): SecurityGroupRule => ({
  ...newStandard(ctx, group.projectId, {
    description: body.description ?? '',
    ...(body.tags ? { tags: body.tags } : {}),
  }),
  securityGroupId: group.id,
  ...ruleTerms(body),
});

/** What a body says of whom and what a rule allows. */
export const ruleTerms = (body: Omit<CreateRuleBody, 'security_group_id'>): RuleTerms => ({
  direction: body.direction,
  ethertype: body.ethertype?.toLowerCase() === 'ipv6' ? 'IPv6' : 'IPv4',
  protocol: protocolText(body.protocol),
  portRangeMin: body.port_range_min ?? null,
  portRangeMax: body.port_range_max ?? null,
  remoteIpPrefix: prefixText(body.remote_ip_prefix),
  remoteGroupId: body.remote_group_id || null,
  remoteAddressGroupId: body.remote_address_group_id || null,
});

function protocolText(protocol: CreateRuleBody['protocol']): string | null {
  const text = protocol === undefined || protocol === null ? null : String(protocol).toLowerCase();
  return text === 'any' || text === '' ? null : text;
}

/** A lone address means itself. */
function prefixText(prefix: string | null | undefined): string | null {
  if (prefix === undefined || prefix === null || prefix === '') return null;
  if (prefix.includes('/')) return prefix;
  const address = canonical(prefix);
  return `${address}/${address.includes(':') ? 128 : 32}`;
}
