import type { Ctx } from '#kernel/context.ts';
import { conflict, notFound } from '#kernel/errors.ts';
import type { VolumeType } from '../model/volume-type.ts';
import { grantAccess, projectsWithAccess, revokeAccess } from '../store/type-access.ts';
import type { VolumeTables } from '../tables.ts';
import type { VolumeDeps } from './deps.ts';
import type { TypeService } from './types.ts';

/** Which projects may use a private type. */
export class TypeAccessService {
  readonly #database: VolumeDeps['database'];
  readonly #types: TypeService;

  constructor({ database }: Pick<VolumeDeps, 'database'>, types: TypeService) {
    this.#database = database;
    this.#types = types;
  }

  async list(ctx: Ctx, typeId: string): Promise<{ typeId: string; projects: string[] }> {
    const { id, isPublic } = await this.#types.get(ctx, typeId);
    if (isPublic) throw notFound('Access list not available for public volume types.');
    return { typeId: id, projects: await projectsWithAccess(this.#db, id) };
  }

  async add(ctx: Ctx, typeId: string, projectId: string): Promise<void> {
    const { id } = await this.#private(ctx, typeId);
    const known = await projectsWithAccess(this.#db, id);
    if (known.includes(projectId))
      throw conflict(`Volume type access for ${id} / ${projectId} combination already exists.`);
    await grantAccess(this.#db, id, projectId);
  }

  async remove(ctx: Ctx, typeId: string, projectId: string): Promise<void> {
    const { id } = await this.#private(ctx, typeId);
    if ((await revokeAccess(this.#db, id, projectId)) === 0)
      throw notFound(`Volume type access not found for ${id} / ${projectId} combination.`);
  }

  async #private(ctx: Ctx, typeId: string): Promise<VolumeType> {
    const type = await this.#types.get(ctx, typeId);
    if (type.isPublic) throw conflict('Type access modification is not applicable to public volume type.');
    return type;
  }

  get #db() {
    return this.#database.handle<VolumeTables>();
  }
}
