import type { Ctx } from '#kernel/context.ts';
import { badRequest, conflict, notFound } from '#kernel/errors.ts';
import { newUuid } from '#kernel/ids.ts';
import { groupTypeNotFound, type GroupType } from '../model/group.ts';
import { groupStore, groupTypeStore } from '../store/periphery-stores.ts';
import type { VolumeTables } from '../tables.ts';
import type { VolumeDeps } from './deps.ts';
import type { Unit, Units } from './units.ts';

export type GroupTypeFields = Pick<GroupType, 'name' | 'description' | 'isPublic' | 'groupSpecs'>;

/** What groups may be like. Private types are the administrators'. */
export class GroupTypeService {
  readonly #deps: Pick<VolumeDeps, 'database' | 'policy'>;
  readonly #units: Units;

  constructor(deps: Pick<VolumeDeps, 'database' | 'policy'>, units: Units) {
    this.#deps = deps;
    this.#units = units;
  }

  /** Oldest first. There are few. */
  async list(ctx: Ctx): Promise<GroupType[]> {
    const types = await groupTypeStore.list(this.#db, (eb) => eb('version', '>', 0));
    return types.filter((type) => this.#sees(ctx, type));
  }

  /** By id or name. */
  async get(ctx: Ctx, idOrName: string): Promise<GroupType> {
    const [found] = await groupTypeStore.list(this.#db, (eb) =>
      eb.or([eb('id', '=', idOrName), eb('name', '=', idOrName)]),
    );
    if (!found || !this.#sees(ctx, found)) throw groupTypeNotFound(idOrName);
    return found;
  }

  create(fields: GroupTypeFields): Promise<GroupType> {
    return this.#units.run(async (unit) => {
      await assertFree(unit, fields.name);
      const made = { createdAt: unit.now, updatedAt: unit.now, version: 1 };
      const type: GroupType = { id: newUuid(), ...fields, ...made };
      await groupTypeStore.insert(unit.tx, [type]);
      return type;
    });
  }

  change(id: string, to: (type: GroupType) => GroupType): Promise<GroupType> {
    return this.#units.run(async (unit) => {
      const before = await groupTypeStore.find(unit.tx, id);
      if (!before) throw groupTypeNotFound(id);
      const after = to(before);
      if (after.name !== before.name) await assertFree(unit, after.name);
      return unit.write(groupTypeStore, before, after);
    });
  }

  async deleteSpec(id: string, key: string): Promise<void> {
    await this.change(id, (type) => {
      if (!Object.hasOwn(type.groupSpecs, key))
        throw notFound(`Group type ${id} has no specs with key ${key}.`);
      const { [key]: _gone, ...groupSpecs } = type.groupSpecs;
      return { ...type, groupSpecs };
    });
  }

  async delete(id: string): Promise<void> {
    await this.#units.run(async ({ tx }) => {
      if (!(await groupTypeStore.find(tx, id))) throw groupTypeNotFound(id);
      if ((await groupStore.count(tx, (eb) => eb('group_type_id', '=', id))) > 0)
        throw badRequest(`Target group type is still in use: ${id} has groups.`);
      await groupTypeStore.delete(tx, [id]);
    });
  }

  #sees(ctx: Ctx, { isPublic }: GroupType): boolean {
    return isPublic || this.#deps.policy.allows(ctx, 'group:access_group_types_specs');
  }

  get #db() {
    return this.#deps.database.handle<VolumeTables>();
  }
}

async function assertFree({ tx }: Unit, name: string): Promise<void> {
  if ((await groupTypeStore.count(tx, (eb) => eb('name', '=', name))) > 0)
    throw conflict(`Group Type ${name} already exists.`);
}
