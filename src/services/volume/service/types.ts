import { isoTime } from '#kernel/clock.ts';
import { projectOf, type Ctx } from '#kernel/context.ts';
import { badRequest, conflict } from '#kernel/errors.ts';
import { nameUuid, newUuid } from '#kernel/ids.ts';
import { DEFAULT_TYPE, typeNotFound, type VolumeType } from '../model/volume-type.ts';
import { defaultTypeStore, encryptionStore } from '../store/periphery-stores.ts';
import { typeStore, volumeStore } from '../store/stores.ts';
import { revokeAccess, typesOpenTo } from '../store/type-access.ts';
import type { VolumeTables } from '../tables.ts';
import type { VolumeDeps } from './deps.ts';
import type { Lookup } from './lookup.ts';
import type { Units } from './units.ts';

export interface TypeFields {
  readonly name: string;
  readonly description: string | null;
  readonly isPublic: boolean;
  readonly extraSpecs: Readonly<Record<string, string>>;
}

const NAMESPACE = '6f1f0f0e-9a54-4d0c-9f9c-0e8f1a7a2c11';

/** Kinds of volumes, and the one of those that name none. */
export class TypeService {
  readonly #deps: Pick<VolumeDeps, 'database' | 'clock' | 'policy'>;
  readonly #units: Units;
  readonly #lookup: Lookup;

  constructor(deps: Pick<VolumeDeps, 'database' | 'clock' | 'policy'>, units: Units, lookup: Lookup) {
    this.#deps = deps;
    this.#units = units;
    this.#lookup = lookup;
  }

  /** Oldest first. There are few. Private ones are for administrators, and for projects that have access. */
  async list(ctx: Ctx): Promise<VolumeType[]> {
    await this.#default();
    const types = await typeStore.list(this.#db, (eb) => eb('version', '>', 0));
    if (this.#seesAll(ctx)) return types;
    const open = await typesOpenTo(this.#db, projectOf(ctx));
    return types.filter(({ id, isPublic }) => isPublic || open.has(id));
  }

  async get(ctx: Ctx, idOrName: string): Promise<VolumeType> {
    const type = await this.#lookup.type(idOrName);
    if (type.isPublic || this.#seesAll(ctx)) return type;
    if ((await typesOpenTo(this.#db, projectOf(ctx))).has(type.id)) return type;
    throw typeNotFound(idOrName);
  }

  #seesAll(ctx: Ctx): boolean {
    return this.#deps.policy.allows(ctx, 'volume_extension:types_extra_specs:read_sensitive');
  }

  async getById(id: string): Promise<VolumeType> {
    const found = await typeStore.find(this.#db, id);
    if (!found) throw typeNotFound(id);
    return found;
  }

  /** The type of a project's volumes that name none: the project's own, or that of all. */
  async default(projectId: string): Promise<VolumeType> {
    const own = await defaultTypeStore.find(this.#db, projectId);
    return own ? this.getById(own.typeId) : this.#default();
  }

  /** Made when it is first looked for. */
  async #default(): Promise<VolumeType> {
    const known = await this.#lookup.type(DEFAULT_TYPE).catch(() => undefined);
    if (known) return known;
    const now = isoTime(this.#deps.clock.now());
    const type: VolumeType = {
      id: nameUuid(NAMESPACE, DEFAULT_TYPE),
      version: 1,
      name: DEFAULT_TYPE,
      description: 'Default Volume Type',
      isPublic: true,
      extraSpecs: {},
      qosSpecsId: null,
      createdAt: now,
      updatedAt: now,
    };
    await typeStore.insert(this.#db, [type]).catch(() => {}); // somebody else was faster
    return this.#lookup.type(DEFAULT_TYPE);
  }

  create(_ctx: Ctx, fields: TypeFields): Promise<VolumeType> {
    return this.#units.run(async ({ tx, now }) => {
      if ((await typeStore.list(tx, (eb) => eb('name', '=', fields.name))).length > 0)
        throw conflict(`Volume Type ${fields.name} already exists.`);
      const type = { ...fields, id: newUuid(), version: 1, qosSpecsId: null, createdAt: now, updatedAt: now };
      await typeStore.insert(tx, [type]);
      return type;
    });
  }

  async change(id: string, to: (type: VolumeType) => VolumeType): Promise<VolumeType> {
    return this.#units.run(async (unit) => {
      const before = await typeStore.find(unit.tx, id);
      if (!before) throw typeNotFound(id);
      const after = to(before);
      const named = await typeStore.list(unit.tx, (eb) => eb('name', '=', after.name));
      if (named.some((other) => other.id !== id)) throw conflict(`Volume Type ${after.name} already exists.`);
      return unit.write(typeStore, before, after);
    });
  }

  async delete(id: string): Promise<void> {
    await this.#units.run(async ({ tx }) => {
      const type = await typeStore.find(tx, id);
      if (!type) throw typeNotFound(id);
      if (type.name === DEFAULT_TYPE)
        throw badRequest(`The default volume type ${id} is always needed: it cannot be deleted.`);
      if ((await volumeStore.count(tx, (eb) => eb('type_id', '=', id))) > 0)
        throw badRequest(`Target volume type is still in use: ${id} has volumes.`);
      if ((await defaultTypeStore.count(tx, (eb) => eb('type_id', '=', id))) > 0)
        throw badRequest(`Target volume type is still in use: ${id} is the default of a project.`);
      await revokeAccess(tx, id, null);
      await encryptionStore.delete(tx, [id]);
      await typeStore.delete(tx, [id]);
    });
  }

  get #db() {
    return this.#deps.database.handle<VolumeTables>();
  }
}
