import { systemCtx, type Ctx } from '#kernel/context.ts';
import { badRequest, notFound } from '#kernel/errors.ts';
import type { NodeInfo } from '#services/placement/port.ts';
import { backendName, poolsOf, type Pool } from '../model/pool.ts';
import { stateId, type ServiceState, type VolumeProcess } from '../model/service-state.ts';
import { serviceStateStore } from '../store/periphery-stores.ts';
import type { VolumeTables } from '../tables.ts';
import type { VolumeDeps } from './deps.ts';
import type { Units } from './units.ts';

export interface ProcessFilter {
  readonly host?: string | undefined;
  readonly binary?: string | undefined;
}

type Said = Partial<Pick<ServiceState, 'disabled' | 'disabledReason' | 'frozen'>>;

const NOTHING_SAID = { disabled: false, disabledReason: null, frozen: false };

/** The host of what runs in control. */
const CONTROL = 'control';

/** What upstream knows as services: each backend of each node, what makes backups there, and the scheduler in control. */
export class ProcessService {
  readonly #deps: VolumeDeps;
  readonly #units: Units;

  constructor(deps: VolumeDeps, units: Units) {
    this.#deps = deps;
    this.#units = units;
  }

  async list(ctx: Ctx, { host, binary }: ProcessFilter = {}): Promise<VolumeProcess[]> {
    const states = new Map((await serviceStateStore.list(this.#db, (eb) => eb('version', '>', 0))).map(byId));
    const nodes = await this.#nodes(ctx);
    const now = new Date(this.#deps.clock.now()).toISOString();
    return [
      { binary: 'cinder-scheduler' as const, host: CONTROL, up: true, lastSeen: now },
      ...poolsOf(nodes).map((pool) => processOf('cinder-volume', pool.node, backendName(pool))),
      ...nodes
        .filter(({ volumeBackends }) => volumeBackends.length > 0)
        .map((node) => processOf('cinder-backup', node, node.hostname)),
    ]
      .map((process) => ({
        ...(states.get(stateId(process.binary, process.host)) ?? NOTHING_SAID),
        ...process,
      }))
      .filter((process) => host === undefined || [process.host, hostOf(process.host)].includes(host))
      .filter((process) => binary === undefined || process.binary === binary);
  }

  async pools(ctx: Ctx): Promise<Pool[]> {
    return poolsOf(await this.#nodes(ctx));
  }

  /** Says something of a service. @throws CloudError `not-found` when there is none such */
  async say(ctx: Ctx, of: { readonly host: string; readonly binary: string }, said: Said): Promise<void> {
    const known = await this.list(ctx, of);
    if (!known.some(({ host }) => host === of.host))
      throw notFound(`Service ${of.binary} could not be found on host ${of.host}.`);
    const id = stateId(of.binary, of.host);
    await this.#units.run(async (unit) => {
      const before = await serviceStateStore.find(unit.tx, id);
      if (before) return void (await unit.write(serviceStateStore, before, { ...before, ...said }));
      const made = { createdAt: unit.now, updatedAt: unit.now, version: 1 };
      await serviceStateStore.insert(unit.tx, [{ id, ...NOTHING_SAID, ...made, ...said }]);
    });
  }

  /** Forbids, or allows again, that anything is made or deleted in a backend. @param host `host@backend` */
  async freeze(ctx: Ctx, host: string, frozen: boolean): Promise<void> {
    const [known] = await this.list(ctx, { host, binary: 'cinder-volume' });
    if (known?.host !== host) throw badRequest(`Service cinder-volume could not be found on host ${host}.`);
    await this.say(ctx, { host, binary: 'cinder-volume' }, { frozen });
  }

  #nodes(ctx: Ctx): Promise<NodeInfo[]> {
    return this.#deps.nodes.list(systemCtx(ctx.requestId, this.#deps));
  }

  get #db() {
    return this.#deps.database.handle<VolumeTables>();
  }
}

const byId = (state: ServiceState): [string, ServiceState] => [state.id, state];

const hostOf = (name: string): string => name.split('@')[0] ?? '';

const processOf = (binary: 'cinder-volume' | 'cinder-backup', node: NodeInfo, host: string) => ({
  binary,
  host,
  up: node.state === 'up',
  lastSeen: node.lastSeen,
});
