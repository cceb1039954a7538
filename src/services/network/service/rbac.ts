import type { Ctx } from '#kernel/context.ts';
import { networkError, refused } from '../model/errors.ts';
import { groupKind, networkKind } from '../kinds.ts';
import { addressGroupKind, poolKind, qosPolicyKind, rbacKind, scopeKind } from '../kinds-extra.ts';
import { assertAction, EVERYBODY, EXTERNAL, type RbacPolicy, type SharedType } from '../model/sharing.ts';
import { changed, type Standard, type Target } from '../model/standard.ts';
import type { CreateRbacBody, UpdateRbacBody } from '../schema/sharing.ts';
import { entriesOf } from '../store/sharing.ts';
import { rbacStore } from '../store/stores.ts';
import type { NetworkTx } from '../tables.ts';
import type { UseCaseDeps } from './deps.ts';
import { assertQuota } from './quotas.ts';
import { getVisible } from './reader.ts';
import { assertUnused, newEntry, syncExternal } from './sharing.ts';
import { createEach, type Work } from './unit.ts';
import { ownerOf } from './wire.ts';

type Finder = (tx: NetworkTx, ctx: Ctx, id: string) => Promise<Standard>;

const FIND: Readonly<Record<SharedType, Finder>> = {
  network: (tx, ctx, id) => getVisible(tx, ctx, networkKind, id),
  subnetpool: (tx, ctx, id) => getVisible(tx, ctx, poolKind, id),
  address_scope: (tx, ctx, id) => getVisible(tx, ctx, scopeKind, id),
  security_group: (tx, ctx, id) => getVisible(tx, ctx, groupKind, id),
  qos_policy: (tx, ctx, id) => getVisible(tx, ctx, qosPolicyKind, id),
  address_group: (tx, ctx, id) => getVisible(tx, ctx, addressGroupKind, id),
};

/** Use-cases on who may use what of others. */
export class RbacService {
  readonly #deps: UseCaseDeps;

  constructor(deps: UseCaseDeps) {
    this.#deps = deps;
  }

  create(ctx: Ctx, bodies: readonly CreateRbacBody[]): Promise<RbacPolicy[]> {
    return createEach(this.#deps.unit, bodies, (work, body) => this.#createOne(ctx, work, body));
  }

  async #createOne(ctx: Ctx, work: Work, body: CreateRbacBody): Promise<RbacPolicy> {
    const { tx } = work;
    const { object_type: objectType, object_id: objectId, action } = body;
    assertAction(objectType, action);
    const object = await FIND[objectType](tx, ctx, objectId);
    this.#deps.policy.authorize(ctx, 'create_rbac_policy', { project_id: object.projectId });
    const target = targetOf(body);
    this.#authorizeTarget(ctx, 'create', action, target);
    const projectId = ownerOf(ctx, body);
    await assertQuota(work, projectId, 'rbac_policy');
    const known = await entriesOf(tx, objectId, action);
    assertNew(known, target);
    const entry = newEntry(ctx, { objectType, objectId, projectId, action }, target);
    await rbacStore.insert(tx, [entry]);
    if (action === EXTERNAL) await syncExternal(tx, objectId, [...known, entry]);
    return entry;
  }

  update(ctx: Ctx, target: Target, body: UpdateRbacBody): Promise<RbacPolicy> {
    return this.#deps.unit.run(async ({ tx }) => {
      const before = await this.#load(ctx, tx, target, 'update_rbac_policy');
      if (body.target_tenant === undefined && body.target_project_id === undefined) return before;
      const next = targetOf(body);
      if (next === before.targetProject) return before;
      this.#authorizeTarget(ctx, 'update', before.action, next);
      assertNew(await entriesOf(tx, before.objectId, before.action), next);
      await assertUnused(tx, before, undefined, next);
      const after = changed<RbacPolicy>(ctx, before, { targetProject: next });
      await rbacStore.update(tx, after);
      return after;
    });
  }

  delete(ctx: Ctx, target: Target): Promise<void> {
    return this.#deps.unit.run(async ({ tx }) => {
      const entry = await this.#load(ctx, tx, target, 'delete_rbac_policy');
      await assertUnused(tx, entry);
      await rbacStore.delete(tx, [entry.id]);
      if (entry.action === EXTERNAL)
        await syncExternal(tx, entry.objectId, await entriesOf(tx, entry.objectId, EXTERNAL));
    });
  }

  #load(ctx: Ctx, tx: NetworkTx, target: Target, rule: string): Promise<RbacPolicy> {
    return this.#deps.reader.load(tx, ctx, rbacKind, { target, rule });
  }

  /** What leads out, and what everybody may use, is the administrators' to say. */
  #authorizeTarget(ctx: Ctx, verb: 'create' | 'update', action: string, target: string): void {
    const { policy } = this.#deps;
    if (target === EVERYBODY) policy.authorize(ctx, `${verb}_rbac_policy:target_tenant`);
    if (action === EXTERNAL) policy.authorize(ctx, `${verb}_rbac_policy:access_as_external`);
  }
}

function targetOf(body: UpdateRbacBody): string {
  const target = body.target_project_id ?? body.target_tenant;
  if (target === undefined)
    throw networkError('bad-request', 'HTTPBadRequest', 'target_tenant has to be given.');
  return target;
}

function assertNew(known: readonly RbacPolicy[], target: string): void {
  if (known.some(({ targetProject }) => targetProject === target))
    throw refused('DuplicateRbacPolicy', 'An RBAC policy already exists with those values.');
}
