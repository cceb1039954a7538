import { projectOf, type Ctx } from '#kernel/context.ts';
import { CloudError } from '#kernel/errors.ts';
import type { Database } from '#kernel/db/database.ts';
import type { SecurityGroup, SecurityGroupRule } from '../model/security-group.ts';
import type { OpenGroup, OpenPort } from '../port.ts';
import { groupStore, ruleStore } from '../store/stores.ts';
import type { NetworkDb, NetworkTables } from '../tables.ts';
import type { UseCaseDeps } from './deps.ts';
import { SecurityGroupRuleService, SecurityGroupService } from './security-groups.ts';

interface OpenGroupsDeps extends UseCaseDeps {
  readonly database: Database;
}

const EVERYBODY = '0.0.0.0/0';

/** Groups that other services make for their own: each lets everybody in at some ports. */
export class OpenGroups {
  readonly #database: Database;
  readonly #groups: SecurityGroupService;
  readonly #rules: SecurityGroupRuleService;

  constructor(deps: OpenGroupsDeps) {
    this.#database = deps.database;
    this.#groups = new SecurityGroupService(deps);
    this.#rules = new SecurityGroupRuleService(deps);
  }

  /** A group that was left half made is completed. */
  async ensure(ctx: Ctx, { name, description, ports }: OpenGroup): Promise<string> {
    const [known] = await this.#find(projectOf(ctx), name);
    const group = known ?? (await this.#groups.create(ctx, [{ name, description }]))[0];
    if (!group) throw new Error(`No security group ${name} was made.`);
    const rules = await ruleStore.list(this.#db, (eb) => eb('security_group_id', '=', group.id));
    const missing = ports.filter((port) => !rules.some((rule) => opens(rule, port)));
    await this.#rules.create(
      ctx,
      missing.map(({ protocol, port }) => ({
        security_group_id: group.id,
        direction: 'ingress',
        protocol,
        port_range_min: port,
        port_range_max: port,
        remote_ip_prefix: EVERYBODY,
      })),
    );
    return group.id;
  }

  async remove(ctx: Ctx, projectId: string, name: string): Promise<void> {
    for (const { id } of await this.#find(projectId, name))
      await this.#groups.delete(ctx, { id, revision: null }).catch(unlessUsedOrGone);
  }

  #find(projectId: string, name: string): Promise<SecurityGroup[]> {
    return groupStore.list(this.#db, (eb) =>
      eb.and([eb('project_id', '=', projectId), eb('name', '=', name)]),
    );
  }

  get #db(): NetworkDb {
    return this.#database.handle<NetworkTables>();
  }
}

const opens = (rule: SecurityGroupRule, { protocol, port }: OpenPort): boolean =>
  rule.direction === 'ingress' && rule.protocol === protocol && rule.portRangeMin === port;

/** Somebody else's port is in it: then it is theirs. */
function unlessUsedOrGone(thrown: unknown): void {
  const kind = thrown instanceof CloudError ? thrown.kind : null;
  if (kind !== 'conflict' && kind !== 'not-found') throw thrown;
}
