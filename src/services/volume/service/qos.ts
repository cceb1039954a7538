import { badRequest, conflict, notFound } from '#kernel/errors.ts';
import { newUuid } from '#kernel/ids.ts';
import { qosNotFound, type Qos } from '../model/qos.ts';
import { typeNotFound, type VolumeType } from '../model/volume-type.ts';
import { qosStore } from '../store/periphery-stores.ts';
import { typeStore } from '../store/stores.ts';
import type { VolumeTables } from '../tables.ts';
import type { VolumeDeps } from './deps.ts';
import type { Unit, Units } from './units.ts';

/** Promises of speed, and the volume types that have them. */
export class QosService {
  readonly #database: VolumeDeps['database'];
  readonly #units: Units;

  constructor({ database }: Pick<VolumeDeps, 'database'>, units: Units) {
    this.#database = database;
    this.#units = units;
  }

  list(): Promise<Qos[]> {
    return qosStore.list(this.#db, (eb) => eb('version', '>', 0));
  }

  async get(id: string): Promise<Qos> {
    const found = await qosStore.find(this.#db, id);
    if (!found) throw qosNotFound(id);
    return found;
  }

  create(fields: Pick<Qos, 'name' | 'consumer' | 'specs'>): Promise<Qos> {
    return this.#units.run(async ({ tx, now }) => {
      if ((await qosStore.count(tx, (eb) => eb('name', '=', fields.name))) > 0)
        throw conflict(`QoS Specs ${fields.name} already exists.`);
      const qos: Qos = { id: newUuid(), version: 1, ...fields, createdAt: now, updatedAt: now };
      await qosStore.insert(tx, [qos]);
      return qos;
    });
  }

  setKeys(id: string, specs: Qos['specs']): Promise<Qos> {
    const { consumer, ...keys } = specs;
    return this.#change(id, (qos) => ({
      ...qos,
      consumer: (consumer ?? qos.consumer) as Qos['consumer'],
      specs: { ...qos.specs, ...keys },
    }));
  }

  deleteKeys(id: string, keys: readonly string[]): Promise<Qos> {
    return this.#change(id, (qos) => {
      const missing = keys.find((key) => !Object.hasOwn(qos.specs, key));
      if (missing !== undefined) throw notFound(`QoS spec ${id} has no spec with key ${missing}.`);
      return { ...qos, specs: without(qos.specs, keys) };
    });
  }

  /** @param force also when types have it: they lose it */
  async delete(id: string, force: boolean): Promise<void> {
    await this.#units.run(async (unit) => {
      await inUnit(unit, id);
      const types = await typesWith(unit, id);
      if (types.length > 0 && !force) throw badRequest(`QoS Specs ${id} is still associated with entities.`);
      for (const type of types) await unit.write(typeStore, type, { ...type, qosSpecsId: null });
      await qosStore.delete(unit.tx, [id]);
    });
  }

  async associations(id: string): Promise<VolumeType[]> {
    await this.get(id);
    return typeStore.list(this.#db, (eb) => eb('qos_specs_id', '=', id));
  }

  async associate(id: string, typeId: string): Promise<void> {
    await this.#units.run(async (unit) => {
      await inUnit(unit, id);
      const type = await typeIn(unit, typeId);
      if (type.qosSpecsId === id) return;
      if (type.qosSpecsId !== null)
        throw badRequest(`Type ${typeId} is already associated with another qos specs: ${type.qosSpecsId}.`);
      await unit.write(typeStore, type, { ...type, qosSpecsId: id });
    });
  }

  /** @param typeId null = from all types */
  async disassociate(id: string, typeId: string | null): Promise<void> {
    await this.#units.run(async (unit) => {
      await inUnit(unit, id);
      const types = typeId === null ? await typesWith(unit, id) : [await typeIn(unit, typeId)];
      for (const type of types)
        if (type.qosSpecsId === id) await unit.write(typeStore, type, { ...type, qosSpecsId: null });
    });
  }

  #change(id: string, to: (qos: Qos) => Qos): Promise<Qos> {
    return this.#units.run(async (unit) => {
      const before = await inUnit(unit, id);
      return unit.write(qosStore, before, to(before));
    });
  }

  get #db() {
    return this.#database.handle<VolumeTables>();
  }
}

async function inUnit({ tx }: Unit, id: string): Promise<Qos> {
  const found = await qosStore.find(tx, id);
  if (!found) throw qosNotFound(id);
  return found;
}

async function typeIn({ tx }: Unit, id: string): Promise<VolumeType> {
  const found = await typeStore.find(tx, id);
  if (!found) throw typeNotFound(id);
  return found;
}

const typesWith = ({ tx }: Unit, id: string): Promise<VolumeType[]> =>
  typeStore.list(tx, (eb) => eb('qos_specs_id', '=', id));

const without = (specs: Qos['specs'], keys: readonly string[]): Qos['specs'] =>
  Object.fromEntries(Object.entries(specs).filter(([key]) => !keys.includes(key)));
