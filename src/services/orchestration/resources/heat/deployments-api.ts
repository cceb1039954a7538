import { isList, isMap, textOf, type Json, type JsonMap } from '../../template/json.ts';
import type { Cloud } from '../resource-type.ts';
import { gone, Things, type Thing } from '../rest/collection.ts';
import { NO_CONFIG, type SourceConfig } from './derived-config.ts';

const CONFIGS = {
  service: 'orchestration',
  path: '/software_configs',
  list: 'software_configs',
  member: 'software_config',
  sentBare: true,
  change: 'PUT',
} as const;
const DEPLOYMENTS = {
  service: 'orchestration',
  path: '/software_deployments',
  list: 'software_deployments',
  member: 'software_deployment',
  sentBare: true,
  change: 'PUT',
} as const;

/** Software configs and deployments, by ids that are known before they are made: each call may be made twice. */
export class DeploymentsApi {
  readonly #configs: Things;
  readonly #deployments: Things;

  constructor(cloud: Cloud) {
    this.#configs = new Things(cloud, CONFIGS);
    this.#deployments = new Things(cloud, DEPLOYMENTS);
  }

  /** @throws CloudError `not-found` */
  async config(id: string): Promise<SourceConfig> {
    return id === '' ? NO_CONFIG : configOf(await this.#configs.get(id));
  }

  async keepConfig(id: string, config: SourceConfig): Promise<void> {
    if ((await gone(this.#configs.get(id))) === undefined) await this.#configs.create({ id, ...config });
  }

  async send(id: string, server: string, fields: JsonMap): Promise<void> {
    if ((await gone(this.#deployments.get(id))) !== undefined)
      await this.#deployments.change(id, { ...fields, output_values: {} });
    else await this.#deployments.create({ deployment_id: id, server_id: server, ...fields });
  }

  /** Undefined where nothing was sent. */
  deployment = (id: string): Promise<Thing | undefined> => gone(this.#deployments.get(id));

  async tell(id: string, fields: JsonMap): Promise<void> {
    await this.#deployments.change(id, fields);
  }

  async drop(id: string): Promise<void> {
    await this.#deployments.remove(id);
  }

  async dropConfigs(ids: readonly string[]): Promise<void> {
    for (const id of ids) await this.#configs.remove(id);
  }
}

const mapsIn = (value: Json | undefined): readonly JsonMap[] =>
  isList(value) ? value.filter((item) => isMap(item)) : [];

const configOf = (thing: Thing): SourceConfig => ({
  name: textOf(thing['name'] ?? ''),
  group: textOf(thing['group'] ?? ''),
  config: thing['config'] ?? '',
  options: isMap(thing['options']) ? thing['options'] : {},
  inputs: mapsIn(thing['inputs']),
  outputs: mapsIn(thing['outputs']),
});
