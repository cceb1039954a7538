import type { Ctx } from '#kernel/context.ts';
import { forbidden, notFound } from '#kernel/errors.ts';
import type { Vault } from '#kernel/vault/vault.ts';
import {
  assertConfig,
  assertSupported,
  configNotFound,
  isSensitive,
  type DomainConfig,
  type DomainOption,
} from '../model/domain-config.ts';
import { domainOptionStore } from '../store/domain-config.ts';
import { projectStore } from '../store/projects.ts';
import { handleOf, inTransaction, type IdentityDeps } from './deps.ts';

/** Which part of a configuration: all, a group, or one option. */
export interface ConfigPlace {
  readonly domainId: string;
  readonly group?: string;
  readonly name?: string;
}

/** Use-cases on the configuration that domains have of their own. Secrets in it lie sealed and are never shown. */
export class DomainConfigService {
  readonly #deps: IdentityDeps & { readonly vault: Vault };

  constructor(deps: IdentityDeps & { readonly vault: Vault }) {
    this.#deps = deps;
  }

  /** @throws CloudError `not-found` when nothing is set there. */
  async get(_ctx: Ctx, place: ConfigPlace): Promise<DomainConfig> {
    await this.#assertPlace(place);
    const options = await domainOptionStore.list(this.#db, place);
    const shown = options.filter((option) => !option.sealed);
    if (shown.length === 0) throw configNotFound(place.domainId, place.name ?? place.group ?? 'any option');
    return toConfig(shown);
  }

  /** In place of whatever was set. @returns whether anything was. */
  async replace(_ctx: Ctx, domainId: string, config: DomainConfig): Promise<boolean> {
    await this.#assertPlace({ domainId });
    assertConfig(config);
    const options = await this.#toOptions(domainId, config);
    return inTransaction(this.#deps, async (tx) => {
      const before = await domainOptionStore.delete(tx, { domainId });
      for (const option of options) await domainOptionStore.set(tx, option);
      return before > 0;
    });
  }

  /** Only what lies at the place may be in the change, and something must be set there. @returns the whole configuration. */
  async update(ctx: Ctx, place: ConfigPlace, change: DomainConfig): Promise<DomainConfig> {
    await this.#assertPlace(place);
    assertConfig(change);
    assertWithin(place, change);
    const { domainId } = place;
    if ((await domainOptionStore.list(this.#db, place)).length === 0)
      throw configNotFound(domainId, place.name ?? place.group ?? 'any option');
    const options = await this.#toOptions(domainId, change);
    await inTransaction(this.#deps, async (tx) => {
      for (const option of options) await domainOptionStore.set(tx, option);
    });
    return this.get(ctx, { domainId });
  }

  async delete(_ctx: Ctx, place: ConfigPlace): Promise<void> {
    await this.#assertPlace(place);
    if ((await domainOptionStore.delete(this.#db, place)) === 0)
      throw configNotFound(place.domainId, place.name ?? place.group ?? 'any option');
  }

  async #assertPlace({ domainId, group, name }: ConfigPlace): Promise<void> {
    if (!(await projectStore.find(this.#db, domainId))?.isDomain)
      throw notFound(`Could not find domain: ${domainId}.`);
    if (group !== undefined) assertSupported(group, name);
  }

  #toOptions(domainId: string, config: DomainConfig): Promise<DomainOption[]> {
    const flat = Object.entries(config).flatMap(([group, options]) =>
      Object.entries(options).map(([name, value]) => ({ domainId, group, name, value })),
    );
    return Promise.all(flat.map((option) => this.#seal(option)));
  }

  async #seal(option: Omit<DomainOption, 'sealed'>): Promise<DomainOption> {
    const { domainId, group, name, value } = option;
    if (!isSensitive(group, name)) return { ...option, sealed: false };
    const context = `domain-config/${domainId}/${group}/${name}`;
    return {
      ...option,
      value: await this.#deps.vault.seal('identity', JSON.stringify(value), context),
      sealed: true,
    };
  }

  get #db() {
    return handleOf(this.#deps);
  }
}

function toConfig(options: readonly DomainOption[]): DomainConfig {
  const groups = Map.groupBy(options, (option) => option.group);
  const entries = [...groups].map(([group, own]) => [
    group,
    Object.fromEntries(own.map(({ name, value }) => [name, value])),
  ]);
  return Object.fromEntries(entries) as DomainConfig;
}

function assertWithin({ group, name }: ConfigPlace, change: DomainConfig): void {
  const groups = Object.keys(change);
  const isWithin =
    (group === undefined || (groups.length === 1 && groups[0] === group)) &&
    (name === undefined || Object.keys(change[group ?? ''] ?? {}).join() === name);
  if (!isWithin)
    throw forbidden('Invalid domain specific configuration: it is about another group or option.');
}
