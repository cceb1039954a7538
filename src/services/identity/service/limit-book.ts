import { amountsIn, type Limit, type RegisteredLimit } from '../model/limit.ts';
import { serviceStore } from '../store/catalog.ts';
import { limitStore, registeredLimitStore } from '../store/limits.ts';
import { onChangeElsewhere } from './changes.ts';
import { handleOf, type IdentityDeps } from './deps.ts';

interface Loaded {
  readonly serviceIds: ReadonlyMap<string, readonly string[]>;
  readonly registered: readonly RegisteredLimit[];
  readonly limits: ReadonlyMap<string, readonly Limit[]>;
}

/** All limits in memory, read again after anything in identity changed: services ask at every creation. */
export class LimitBook {
  readonly #deps: Pick<IdentityDeps, 'database'>;
  #region = '';
  #loaded: Promise<Loaded> | undefined;

  constructor(deps: Pick<IdentityDeps, 'database'>) {
    this.#deps = deps;
    onChangeElsewhere(deps.database, () => this.forget());
  }

  /** Which region this cloud is. */
  useRegion(region: string): void {
    this.#region = region;
  }

  forget(): void {
    this.#loaded = undefined;
  }

  /** A project's amounts by resource: its own over the registered ones. Resources without either are absent. */
  async limits(service: string, projectId: string): Promise<Readonly<Record<string, number>>> {
    const { serviceIds, registered, limits } = await (this.#loaded ??= this.#load().catch(
      (thrown: unknown) => {
        this.forget();
        throw thrown;
      },
    ));
    const ids = serviceIds.get(service) ?? [];
    if (ids.length === 0) return {};
    const isOurs = ({ serviceId }: { serviceId: string }) => ids.includes(serviceId);
    const own = (limits.get(projectId) ?? []).filter(isOurs);
    return {
      ...amountsIn(registered.filter(isOurs), this.#region, ({ defaultLimit }) => defaultLimit),
      ...amountsIn(own, this.#region, ({ resourceLimit }) => resourceLimit),
    };
  }

  async #load(): Promise<Loaded> {
    const db = handleOf(this.#deps);
    const [services, registered, limits] = await Promise.all([
      serviceStore.list(db, {}),
      registeredLimitStore.list(db, {}),
      limitStore.list(db, {}),
    ]);
    const ids = new Map<string, string[]>();
    for (const { type, id } of services) ids.set(type, [...(ids.get(type) ?? []), id]);
    return { serviceIds: ids, registered, limits: Map.groupBy(limits, (limit) => limit.projectId) };
  }
}
