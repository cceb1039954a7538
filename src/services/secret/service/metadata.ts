import type { Ctx } from '#kernel/context.ts';
import type { Db } from '#kernel/db/database.ts';
import { badRequest, conflict, notFound } from '#kernel/errors.ts';
import { metadataStore, type Metadata } from '../store/metadata.ts';
import type { SecretTables } from '../tables.ts';
import type { SecretDeps } from './deps.ts';
import type { SecretService } from './secrets.ts';

const READ = 'secret_meta:get';
const WRITE = 'secret_meta:put';

/** Use-cases on what users note about secrets. */
export class MetadataService {
  readonly #deps: SecretDeps;
  readonly #secrets: SecretService;

  constructor(deps: SecretDeps, secrets: SecretService) {
    this.#deps = deps;
    this.#secrets = secrets;
  }

  async getAll(ctx: Ctx, secretId: string): Promise<Metadata> {
    const { id } = await this.#secrets.get(ctx, secretId, READ);
    return metadataStore.get(this.#db, id);
  }

  async get(ctx: Ctx, secretId: string, key: string): Promise<string> {
    const all = await this.getAll(ctx, secretId);
    const value = Object.hasOwn(all, key) ? all[key] : undefined;
    if (value === undefined) throw keyNotFound();
    return value;
  }

  async replace(ctx: Ctx, secretId: string, metadata: Metadata): Promise<void> {
    const { id } = await this.#secrets.get(ctx, secretId, WRITE);
    await this.#deps.database.transaction<SecretTables, void>((tx) =>
      metadataStore.replace(tx, id, metadata),
    );
  }

  /** @throws CloudError `conflict` when the key is there. */
  async add(ctx: Ctx, secretId: string, { key, value }: Note): Promise<void> {
    const { id } = await this.#secrets.get(ctx, secretId, WRITE);
    if (!(await metadataStore.add(this.#db, id, key, value)))
      throw conflict('Conflict. Key in request is already in the secret metadata.');
  }

  /** @throws CloudError `not-found` when the key is not there, `bad-request` when the note is of another. */
  async change(ctx: Ctx, at: { readonly secretId: string; readonly key: string }, note: Note): Promise<void> {
    const { id } = await this.#secrets.get(ctx, at.secretId, WRITE);
    const { key, value } = note;
    if (key !== at.key) throw badRequest('The key in the URL is not the key in the body.');
    if (!(await metadataStore.set(this.#db, id, key, value))) throw keyNotFound();
  }

  async remove(ctx: Ctx, secretId: string, key: string): Promise<void> {
    const { id } = await this.#secrets.get(ctx, secretId, WRITE);
    if (!(await metadataStore.remove(this.#db, id, key))) throw keyNotFound();
  }

  get #db(): Db<SecretTables> {
    return this.#deps.database.handle<SecretTables>();
  }
}

export interface Note {
  readonly key: string;
  readonly value: string;
}

const keyNotFound = () => notFound('Not Found. The key is not in the secret metadata.');
