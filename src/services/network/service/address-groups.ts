import type { Ctx } from '#kernel/context.ts';
import { addressGroupKind } from '../kinds-extra.ts';
import {
  addressGroupInUse,
  canonicalPrefixes,
  withAddresses,
  withoutAddresses,
  type AddressGroup,
} from '../model/address-group.ts';
import { changed, newStandard, type Target } from '../model/standard.ts';
import type { CreateAddressGroupBody, UpdateAddressGroupBody } from '../schema/address-group.ts';
import { deleteEntries } from '../store/sharing.ts';
import { addressGroupStore, ruleStore } from '../store/stores.ts';
import type { UseCaseDeps } from './deps.ts';
import { touchMembers } from './group-members.ts';
import { createEach, type Work } from './unit.ts';
import { ownerOf, pick } from './wire.ts';

/** Use-cases on address groups. */
export class AddressGroupService {
  readonly #deps: UseCaseDeps;

  constructor(deps: UseCaseDeps) {
    this.#deps = deps;
  }

  create(ctx: Ctx, bodies: readonly CreateAddressGroupBody[]): Promise<AddressGroup[]> {
    return createEach(this.#deps.unit, bodies, async ({ tx }, body) => {
      const group: AddressGroup = {
        ...newStandard(ctx, ownerOf(ctx, body)),
        addresses: canonicalPrefixes(body.addresses ?? []),
        ...pick<AddressGroup>(body, 'name', 'description'),
      };
      await addressGroupStore.insert(tx, [group]);
      return group;
    });
  }

  update(ctx: Ctx, target: Target, body: UpdateAddressGroupBody): Promise<AddressGroup> {
    return this.#change(ctx, target, () => pick<AddressGroup>(body, 'name', 'description'));
  }

  addAddresses(ctx: Ctx, target: Target, given: readonly string[]): Promise<AddressGroup> {
    return this.#change(ctx, target, (before) => ({ addresses: withAddresses(before, given) }));
  }

  removeAddresses(ctx: Ctx, target: Target, given: readonly string[]): Promise<AddressGroup> {
    return this.#change(ctx, target, (before) => ({ addresses: withoutAddresses(before, given) }));
  }

  delete(ctx: Ctx, target: Target): Promise<void> {
    return this.#deps.unit.run(async (work) => {
      const { id } = await this.#load(ctx, work, target, 'delete_address_group');
      if ((await ruleStore.count(work.tx, (eb) => eb('remote_address_group_id', '=', id))) > 0)
        throw addressGroupInUse(id);
      await deleteEntries(work.tx, [id]);
      await addressGroupStore.delete(work.tx, [id]);
    });
  }

  #change(
    ctx: Ctx,
    target: Target,
    change: (before: AddressGroup) => Partial<AddressGroup>,
  ): Promise<AddressGroup> {
    return this.#deps.unit.run(async (work) => {
      const before = await this.#load(ctx, work, target, 'update_address_group');
      const after = changed(ctx, before, change(before));
      await addressGroupStore.update(work.tx, after);
      const rules = await ruleStore.list(work.tx, (eb) => eb('remote_address_group_id', '=', after.id));
      await touchMembers(
        work,
        rules.map(({ securityGroupId }) => securityGroupId),
        [],
      );
      return after;
    });
  }

  #load(ctx: Ctx, { tx }: Work, target: Target, rule: string): Promise<AddressGroup> {
    return this.#deps.reader.load(tx, ctx, addressGroupKind, { target, rule });
  }
}
