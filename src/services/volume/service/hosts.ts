import type { Ctx } from '#kernel/context.ts';
import { notFound } from '#kernel/errors.ts';
import { usageOnHost, type HostUsage } from '../store/host-usage.ts';
import type { VolumeTables } from '../tables.ts';
import type { VolumeDeps } from './deps.ts';
import type { ProcessService } from './processes.ts';

/** What the services' hosts keep. */
export class HostService {
  readonly #database: VolumeDeps['database'];
  readonly #processes: ProcessService;

  constructor({ database }: Pick<VolumeDeps, 'database'>, processes: ProcessService) {
    this.#database = database;
    this.#processes = processes;
  }

  /** In all, then by project. @param name `host@backend`, or a host with all its backends */
  async usage(ctx: Ctx, name: string): Promise<HostUsage[]> {
    const found = await this.#processes.list(ctx, { host: name, binary: 'cinder-volume' });
    if (!found.some(({ disabled }) => !disabled)) throw notFound(`Host ${name} could not be found.`);
    const [host = '', backend = null] = name.split('@');
    const byProject = await usageOnHost(this.#database.handle<VolumeTables>(), { host, backend });
    return [totalOf(byProject), ...byProject];
  }
}

const totalOf = (usages: readonly HostUsage[]): HostUsage => {
  const sum = (key: Exclude<keyof HostUsage, 'project'>) =>
    usages.reduce((total, usage) => total + usage[key], 0);
  return {
    project: '(total)',
    volumes: sum('volumes'),
    volumeSize: sum('volumeSize'),
    snapshots: sum('snapshots'),
    snapshotSize: sum('snapshotSize'),
  };
};
