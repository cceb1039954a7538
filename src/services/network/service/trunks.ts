import type { Ctx } from '#kernel/context.ts';
import { portKind } from '../kinds.ts';
import { trunkKind } from '../kinds-extra.ts';
import { invalid } from '../model/errors.ts';
import { portInUse, type Port } from '../model/port.ts';
import { changed, newStandard, type Target } from '../model/standard.ts';
import {
  duplicateSubPort,
  parentInUse,
  subPortNotFound,
  TRUNK_SUBPORT,
  trunkDisabled,
  type SubPort,
  type Trunk,
} from '../model/trunk.ts';
import { coerce } from '../schema/common.ts';
import {
  SubPort as SubPortSchema,
  type CreateTrunkBody,
  type SubPortBody,
  type UpdateTrunkBody,
} from '../schema/trunk.ts';
import { portStore } from '../store/ports.ts';
import { trunkStore } from '../store/stores.ts';
import { subPortStore } from '../store/trunks.ts';
import type { UseCaseDeps } from './deps.ts';
import { replacePort } from './port-writer.ts';
import { assertQuota } from './quotas.ts';
import { getVisible } from './reader.ts';
import { assertNotInTrunks } from './trunk-ports.ts';
import { createEach, type Work } from './unit.ts';
import { ownerOf, pick } from './wire.ts';

/** Use-cases on trunks. */
export class TrunkService {
  readonly #deps: UseCaseDeps;

  constructor(deps: UseCaseDeps) {
    this.#deps = deps;
  }

  create(ctx: Ctx, bodies: readonly CreateTrunkBody[]): Promise<Trunk[]> {
    return createEach(this.#deps.unit, bodies, async (work, body) => {
      const projectId = ownerOf(ctx, body);
      await assertQuota(work, projectId, 'trunk');
      const parent = await getVisible(work.tx, ctx, portKind, body.port_id);
      await assertNotInTrunks(work.tx, [parent.id]);
      if (parent.host !== '' || parent.deviceId !== '') throw parentInUse(parent.id);
      const trunk: Trunk = {
        ...newStandard(ctx, projectId, body.tags ? { tags: body.tags } : {}),
        portId: parent.id,
        status: 'DOWN',
        adminStateUp: true,
        ...pick<Trunk>(body, 'name', 'description', 'admin_state_up'),
      };
      await trunkStore.insert(work.tx, [trunk]);
      await addSubPorts(ctx, work, trunk, body.sub_ports ?? []);
      return trunk;
    });
  }

  update(ctx: Ctx, target: Target, body: UpdateTrunkBody): Promise<Trunk> {
    return this.#deps.unit.run(async (work) => {
      const before = await this.#load(ctx, work, target, 'update_trunk');
      const after = changed(ctx, before, pick<Trunk>(body, 'name', 'description', 'admin_state_up'));
      await trunkStore.update(work.tx, after);
      return after;
    });
  }

  addSubPorts(ctx: Ctx, target: Target, bodies: readonly SubPortBody[]): Promise<Trunk> {
    return this.#change(ctx, target, 'add_subports', (work, trunk) => addSubPorts(ctx, work, trunk, bodies));
  }

  removeSubPorts(ctx: Ctx, target: Target, portIds: readonly string[]): Promise<Trunk> {
    return this.#change(ctx, target, 'remove_subports', async (work, trunk) => {
      const own = new Set((await subPortStore.ofTrunks(work.tx, [trunk.id])).map(({ portId }) => portId));
      const missing = portIds.find((id) => !own.has(id));
      if (missing !== undefined) throw subPortNotFound(trunk.id, missing);
      await releaseSubPorts(ctx, work, portIds);
    });
  }

  delete(ctx: Ctx, target: Target): Promise<void> {
    return this.#deps.unit.run(async (work) => {
      const trunk = await this.#load(ctx, work, target, 'delete_trunk');
      const parent = await portStore.find(work.tx, trunk.portId);
      if (parent && parent.host !== '') throw parentInUse(parent.id);
      const subPorts = await subPortStore.ofTrunks(work.tx, [trunk.id]);
      await releaseSubPorts(
        ctx,
        work,
        subPorts.map(({ portId }) => portId),
      );
      await trunkStore.delete(work.tx, [trunk.id]);
    });
  }

  #change(
    ctx: Ctx,
    target: Target,
    rule: string,
    change: (work: Work, trunk: Trunk) => Promise<void>,
  ): Promise<Trunk> {
    return this.#deps.unit.run(async (work) => {
      const before = await this.#load(ctx, work, target, rule);
      if (!before.adminStateUp) throw trunkDisabled(before.id);
      await change(work, before);
      const after = changed<Trunk>(ctx, before, {});
      await trunkStore.update(work.tx, after);
      return after;
    });
  }

  #load(ctx: Ctx, { tx }: Work, target: Target, rule: string): Promise<Trunk> {
    return this.#deps.reader.load(tx, ctx, trunkKind, { target, rule });
  }
}

async function addSubPorts(
  ctx: Ctx,
  work: Work,
  trunk: Trunk,
  bodies: readonly SubPortBody[],
): Promise<void> {
  const taken = await subPortStore.ofTrunks(work.tx, [trunk.id]);
  for (const body of bodies) {
    const record = await getVisible(work.tx, ctx, portKind, body.port_id);
    await assertNotInTrunks(work.tx, [record.id]);
    if (record.deviceId !== '' || record.host !== '') throw portInUse(record);
    const subPort = newSubPort(trunk, body);
    if (taken.some((other) => other.segmentationId === subPort.segmentationId))
      throw duplicateSubPort(subPort.segmentationType, subPort.segmentationId, trunk.id);
    taken.push(subPort);
    await subPortStore.insert(work.tx, [subPort]);
    const [before] = (await portStore.complete(work.tx, [record])) as [Port];
    await replacePort(ctx, work, before, changed(ctx, before, { deviceOwner: TRUNK_SUBPORT }));
  }
}

function newSubPort(trunk: Trunk, body: SubPortBody): SubPort {
  const segmentationId = coerce(SubPortSchema, body).segmentation_id ?? 0;
  if (segmentationId < 1 || segmentationId > 4094)
    throw invalid(`Invalid segmentation ID ${segmentationId}: a VLAN is between 1 and 4094.`);
  return { trunkId: trunk.id, portId: body.port_id, segmentationType: 'vlan', segmentationId };
}

async function releaseSubPorts(ctx: Ctx, work: Work, portIds: readonly string[]): Promise<void> {
  await subPortStore.delete(work.tx, portIds);
  for (const port of await portStore.findMany(work.tx, portIds))
    await replacePort(ctx, work, port, changed(ctx, port, { deviceOwner: '' }));
}
