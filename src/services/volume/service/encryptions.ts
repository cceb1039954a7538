import { badRequest } from '#kernel/errors.ts';
import { newUuid } from '#kernel/ids.ts';
import { encryptionNotFound, type Encryption } from '../model/encryption.ts';
import { encryptionStore } from '../store/periphery-stores.ts';
import { volumeStore } from '../store/stores.ts';
import type { VolumeTables } from '../tables.ts';
import type { VolumeDeps } from './deps.ts';
import type { TypeService } from './types.ts';
import type { Unit, Units } from './units.ts';

export type EncryptionFields = Pick<Encryption, 'provider' | 'cipher' | 'keySize' | 'controlLocation'>;

/** How volumes of a type are to be encrypted. No backend encrypts: such a type is kept, and its volumes are refused. */
export class EncryptionService {
  readonly #database: VolumeDeps['database'];
  readonly #units: Units;
  readonly #types: TypeService;

  constructor({ database }: Pick<VolumeDeps, 'database'>, units: Units, types: TypeService) {
    this.#database = database;
    this.#units = units;
    this.#types = types;
  }

  async find(typeId: string): Promise<Encryption | undefined> {
    await this.#types.getById(typeId);
    return encryptionStore.find(this.#database.handle<VolumeTables>(), typeId);
  }

  async create(typeId: string, fields: EncryptionFields): Promise<Encryption> {
    await this.#types.getById(typeId);
    return this.#units.run(async (unit) => {
      await assertUnused(unit, typeId);
      if (await encryptionStore.find(unit.tx, typeId))
        throw badRequest(`Volume type encryption for type ${typeId} already exists.`);
      const { now } = unit;
      const made = { createdAt: now, updatedAt: now, version: 1 };
      const encryption: Encryption = { id: typeId, encryptionId: newUuid(), ...fields, ...made };
      await encryptionStore.insert(unit.tx, [encryption]);
      return encryption;
    });
  }

  change(typeId: string, fields: Partial<EncryptionFields>): Promise<Encryption> {
    return this.#units.run(async (unit) => {
      await assertUnused(unit, typeId);
      const before = await encryptionStore.find(unit.tx, typeId);
      if (!before) throw encryptionNotFound(typeId);
      return unit.write(encryptionStore, before, { ...before, ...fields });
    });
  }

  async delete(typeId: string): Promise<void> {
    await this.#units.run(async (unit) => {
      await assertUnused(unit, typeId);
      if (!(await encryptionStore.find(unit.tx, typeId))) throw encryptionNotFound(typeId);
      await encryptionStore.delete(unit.tx, [typeId]);
    });
  }
}

async function assertUnused({ tx }: Unit, typeId: string): Promise<void> {
  if ((await volumeStore.count(tx, (eb) => eb('type_id', '=', typeId))) > 0)
    throw badRequest(`Cannot change encryption specs. Volume type ${typeId} is in use.`);
}
