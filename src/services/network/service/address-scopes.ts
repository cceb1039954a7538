import type { Ctx } from '#kernel/context.ts';
import { scopeKind } from '../kinds-extra.ts';
import { invalid, networkError } from '../model/errors.ts';
import { SHARED } from '../model/sharing.ts';
import { changed, newStandard, type Target } from '../model/standard.ts';
import { scopeInUse, type AddressScope } from '../model/subnet-pool.ts';
import type { CreateScopeBody, UpdateScopeBody } from '../schema/subnet-pool.ts';
import { deleteEntries } from '../store/sharing.ts';
import { poolStore, scopeStore } from '../store/stores.ts';
import type { UseCaseDeps } from './deps.ts';
import { shareWithAll } from './sharing.ts';
import { createEach, type Work } from './unit.ts';
import { authorizeAttributes, ownerOf, pick } from './wire.ts';

/** Use-cases on address scopes. */
export class AddressScopeService {
  readonly #deps: UseCaseDeps;

  constructor(deps: UseCaseDeps) {
    this.#deps = deps;
  }

  create(ctx: Ctx, bodies: readonly CreateScopeBody[]): Promise<AddressScope[]> {
    return createEach(this.#deps.unit, bodies, async (work, body) => {
      authorizeAttributes(ctx, this.#deps.policy, { verb: 'create', object: 'address_scope' }, body);
      const scope: AddressScope = {
        ...newStandard(ctx, ownerOf(ctx, body), { name: body.name ?? '' }),
        ipVersion: versionOf(body.ip_version),
      };
      await scopeStore.insert(work.tx, [scope]);
      await share(ctx, work, scope, body.shared);
      return scope;
    });
  }

  update(ctx: Ctx, target: Target, body: UpdateScopeBody): Promise<AddressScope> {
    return this.#deps.unit.run(async (work) => {
      const before = await this.#load(ctx, work, target, 'update_address_scope');
      authorizeAttributes(ctx, this.#deps.policy, { verb: 'update', object: 'address_scope' }, body);
      if (body.shared === false)
        throw networkError(
          'bad-request',
          'AddressScopeUpdateError',
          `Unable to update address scope ${before.id} : Shared address scope can't be unshared.`,
        );
      const after = changed(ctx, before, pick<AddressScope>(body, 'name'));
      await scopeStore.update(work.tx, after);
      await share(ctx, work, after, body.shared);
      return after;
    });
  }

  delete(ctx: Ctx, target: Target): Promise<void> {
    return this.#deps.unit.run(async (work) => {
      const { id } = await this.#load(ctx, work, target, 'delete_address_scope');
      if ((await poolStore.count(work.tx, (eb) => eb('address_scope_id', '=', id))) > 0) throw scopeInUse(id);
      await deleteEntries(work.tx, [id]);
      await scopeStore.delete(work.tx, [id]);
    });
  }

  #load(ctx: Ctx, { tx }: Work, target: Target, rule: string): Promise<AddressScope> {
    return this.#deps.reader.load(tx, ctx, scopeKind, { target, rule });
  }
}

const share = (ctx: Ctx, { tx }: Work, { id, projectId }: AddressScope, wanted: boolean | undefined) =>
  shareWithAll(ctx, tx, { objectType: 'address_scope', objectId: id, projectId, action: SHARED, wanted });

export function versionOf(version: number): 4 | 6 {
  if (version !== 4 && version !== 6) throw invalid(`'${version}' is not an IP version: 4 or 6.`);
  return version;
}
