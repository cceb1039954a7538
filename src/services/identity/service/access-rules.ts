import type { Ctx } from '#kernel/context.ts';
import { badRequest, forbidden } from '#kernel/errors.ts';
import { newHexId } from '#kernel/ids.ts';
import { accessRuleNotFound, type AccessRule, type OwnedAccessRule } from '../model/credential.ts';
import { accessRuleStore } from '../store/access-rules.ts';
import { appCredentialStore } from '../store/credentials.ts';
import { handleOf, type IdentityDeps } from './deps.ts';

/** A rule as whoever makes an application credential names it: one that is there, or what it is to say. */
export type WantedAccessRule = { readonly [K in keyof AccessRule]?: AccessRule[K] };

type RuleFilter = { readonly [K in 'service' | 'method' | 'path']?: string | undefined };

/** Use-cases on access rules, which outlive the application credentials that they were made for. */
export class AccessRuleService {
  readonly #deps: IdentityDeps;

  constructor(deps: IdentityDeps) {
    this.#deps = deps;
  }

  async list(ctx: Ctx, userId: string, filter: RuleFilter): Promise<OwnedAccessRule[]> {
    this.#deps.policy.authorize(ctx, 'identity:list_access_rules', { user_id: userId });
    return accessRuleStore.list(this.#db, { ...filter, userId });
  }

  async get(ctx: Ctx, userId: string, id: string): Promise<OwnedAccessRule> {
    this.#deps.policy.authorize(ctx, 'identity:get_access_rule', { user_id: userId });
    const rule = await accessRuleStore.find(this.#db, { id, userId });
    if (!rule) throw accessRuleNotFound(id);
    return rule;
  }

  async delete(ctx: Ctx, userId: string, id: string): Promise<void> {
    await this.get(ctx, userId, id);
    this.#deps.policy.authorize(ctx, 'identity:delete_access_rule', { user_id: userId });
    const credentials = await appCredentialStore.list(this.#db, userId);
    if (credentials.some(({ accessRules }) => accessRules?.some((rule) => rule.id === id)))
      throw forbidden(`Access rule ${id} is in use by an application credential.`);
    await accessRuleStore.delete(this.#db, id);
  }

  /** The rules that are there already, and new ones for what no rule says yet. */
  ensure(userId: string, wanted: readonly WantedAccessRule[]): Promise<AccessRule[]> {
    return Promise.all(wanted.map((rule) => this.#ensureOne(userId, rule)));
  }

  async #ensureOne(userId: string, { id, service, method, path }: WantedAccessRule): Promise<AccessRule> {
    if (service === undefined || method === undefined || path === undefined) {
      if (id === undefined) throw badRequest('An access rule has a service, a method and a path, or an id.');
      const known = await accessRuleStore.find(this.#db, { id, userId });
      if (!known) throw accessRuleNotFound(id);
      return withoutOwner(known);
    }
    const said = { userId, service, method, path };
    await accessRuleStore.ensure(this.#db, { id: newHexId(), ...said });
    return withoutOwner((await accessRuleStore.find(this.#db, said)) as OwnedAccessRule);
  }

  get #db() {
    return handleOf(this.#deps);
  }
}

const withoutOwner = ({ id, service, method, path }: OwnedAccessRule): AccessRule => ({
  id,
  service,
  method,
  path,
});
