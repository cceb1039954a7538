import { CloudError, conflict, notFound } from '#kernel/errors.ts';
import { textOf, entry, isList, isMap, type Json, type JsonMap } from '../../template/json.ts';
import type { Cloud, CloudReply, CloudRequest } from '../resource-type.ts';

/** Where an API keeps things of one kind, and how it wraps them. */
export interface Collection {
  /** Type in the catalogue: `network`. */
  readonly service: string;
  /** `/v2.0/networks` */
  readonly path: string;
  /** The key of a list: `networks`; empty where nothing is around it. */
  readonly list: string;
  /** The key around one: `network`; null where nothing is. */
  readonly member: string | null;
  /** What is sent has no key around it. */
  readonly sentBare?: boolean;
  /** How one is changed. */
  readonly change: 'PUT' | 'PATCH';
  /** The field that identifies one; default `id`. */
  readonly id?: string;
  /** The field that says when one was made; without it, only names that nobody else gives find one again. */
  readonly born?: string;
  /** The custom constraint that asks whether there is such a one. */
  readonly constraint?: string;
  readonly microversion?: string;
  /** How long a name may be, where that is less than resources' own names are. */
  readonly nameLimit?: number;
  /** What a list has to be told to show all. */
  readonly all?: Readonly<Record<string, string>>;
}

/** What a thing is called unless its template says otherwise: as much of the resource's own name as fits, its end for certain. */
export function ownName(physicalName: string, { nameLimit = 255 }: Collection): string {
  if (physicalName.length <= nameLimit) return physicalName;
  const end = physicalName.slice(-RANDOM_END);
  return `${physicalName.slice(0, nameLimit - end.length)}${end}`;
}

/** `-` and the twelve characters that nobody else has. */
const RANDOM_END = 13;

/** One thing as its API shows it. */
export type Thing = JsonMap;

const HEX_ID = /^[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}$/i;

/** Calls on the things of one collection. */
export class Things {
  readonly #cloud: Cloud;
  readonly #in: Collection;

  constructor(cloud: Cloud, collection: Collection) {
    this.#cloud = cloud;
    this.#in = collection;
  }

  /** @throws CloudError `not-found` */
  async get(id: string): Promise<Thing> {
    return this.#one(await this.call({ method: 'GET', path: `/${keyOf(id)}` }));
  }

  async list(query: Readonly<Record<string, string>>): Promise<readonly Thing[]> {
    const { body } = await this.call({ method: 'GET', query: { ...this.#in.all, ...query } });
    const list = this.#in.list === '' ? (body as Json) : entry((body ?? {}) as JsonMap, this.#in.list);
    return isList(list) ? list.filter(isMap) : [];
  }

  async create(fields: JsonMap, query?: Readonly<Record<string, string>>): Promise<Thing> {
    return this.#one(
      await this.call({ method: 'POST', ...(query && { query }), body: this.#wrapped(fields) }),
    );
  }

  async change(id: string, fields: JsonMap): Promise<Thing> {
    return this.#one(
      await this.call({ method: this.#in.change, path: `/${keyOf(id)}`, body: this.#wrapped(fields) }),
    );
  }

  /** Nothing there is success. */
  async remove(id: string, query?: Readonly<Record<string, string>>): Promise<void> {
    await gone(this.call({ method: 'DELETE', path: `/${keyOf(id)}`, ...(query && { query }) }));
  }

  /** Of a name or an id, the id. @throws CloudError `not-found`; `conflict` when several have the name */
  async idOf(value: string): Promise<string> {
    if (HEX_ID.test(value)) return value;
    const found = (await this.list({ name: value })).filter((thing) => thing['name'] === value);
    if (found.length > 1) throw conflict(`Multiple physical resources were found with name (${value}).`);
    return this.idIn(found[0] ?? (await this.#byId(value)));
  }

  idIn(thing: Thing): string {
    return textOf(thing[this.#in.id ?? 'id']);
  }

  call({
    path = '',
    ...request
  }: Omit<CloudRequest, 'service' | 'path'> & { path?: string }): Promise<CloudReply> {
    const { service, microversion } = this.#in;
    const at = `${this.#in.path}${path}`;
    return this.#cloud.call({ service, path: at, ...(microversion && { microversion }), ...request });
  }

  /** Few ids look unlike ids: the domain `default`. */
  async #byId(value: string): Promise<Thing> {
    const { member, path } = this.#in;
    const kind = member ?? path.split('/').at(-1);
    return this.get(encodeURIComponent(value)).catch((thrown: unknown) => {
      if (!isGone(thrown)) throw thrown;
      throw notFound(`The ${kind} (${value}) could not be found.`, { code: 'EntityNotFound' });
    });
  }

  #wrapped(fields: JsonMap): JsonMap {
    const { member, sentBare } = this.#in;
    return member === null || sentBare ? fields : { [member]: fields };
  }

  #one({ body }: CloudReply): Thing {
    const whole = isMap(body as Json) ? (body as JsonMap) : {};
    const inner = this.#in.member === null ? whole : entry(whole, this.#in.member);
    return isMap(inner) ? inner : {};
  }
}

/** Some APIs call a thing by its whole URL. */
export const keyOf = (id: string): string => id.split('/').at(-1) ?? id;

export const isGone = (thrown: unknown): boolean => CloudError.from(thrown).kind === 'not-found';

/** What the call gives; undefined when there is no such thing any more. */
export async function gone<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (thrown) {
    if (isGone(thrown)) return undefined;
    throw thrown;
  }
}
