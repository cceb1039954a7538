import { CloudError } from '#kernel/errors.ts';
import { textOf, type Json, type JsonMap } from '../../template/json.ts';
import type { AttributeSchema } from '../property.ts';
import type { ResourceRun, ResourceType, Support } from '../resource-type.ts';
import { gone, isGone, ownName, Things, type Collection, type Thing } from './collection.ts';
import { wired, type Fields } from './field.ts';
import { foundAgain, noteRefusal, wasRefused } from './found-again.ts';

/** A kind of resource that is one thing of a REST API: what there is to say about it beside its base. */
export interface RestKind {
  readonly name: string;
  readonly description: string;
  readonly support?: Support;
  /** Where things of the kind are; by properties where that is below another thing. */
  readonly collection: Collection | ((run: ResourceRun) => Promise<Collection>);
  readonly fields: Fields;
  /** Fields of the thing that `get_attr` gives, each with its description. */
  readonly attributes?: { readonly [name: string]: string };
  /** Attributes that are made of more than the field of their name. */
  readonly derived?: { readonly [name: string]: (run: ResourceRun, thing: Thing) => Json | Promise<Json> };
  /** The field that is given the resource's own name when nothing else is said; default `name`, where it is a property. */
  readonly mark?: 'name' | 'description' | null;
  /** The last word on what is sent: to make one, or with the names of properties to change. */
  readonly shape?: (
    body: JsonMap,
    run: ResourceRun,
    changed?: ReadonlySet<string>,
  ) => JsonMap | Promise<JsonMap>;
  readonly createQuery?: Readonly<Record<string, string>>;
  readonly removeQuery?: Readonly<Record<string, string>>;
  /** What is to be done once it is there, beside its own fields; may run twice. `changed` is undefined after creation. */
  readonly complete?: (run: ResourceRun, id: string, changed?: ReadonlySet<string>) => Promise<void>;
  /** What must go before it; may run twice. */
  readonly beforeRemoval?: (run: ResourceRun, id: string) => Promise<void>;
  /** @returns whether it has come to rest. @throws CloudError when it has failed. Default: at once. */
  readonly atRest?: (thing: Thing, run: ResourceRun) => boolean;
  /** Its end takes time: it is awaited. */
  readonly goesSlowly?: boolean;
  readonly reference?: (run: ResourceRun) => string;
  readonly signal?: ResourceType['signal'];
}

/** The type that a kind stands for. */
export function restType(kind: RestKind): ResourceType {
  const atRest = kind.atRest ?? (() => true);
  return {
    name: kind.name,
    description: kind.description,
    ...(kind.support && { support: kind.support }),
    properties: kind.fields,
    attributes: attributesOf(kind),
    create: (run) => create(kind, run),
    ...(kind.atRest && { settled: async (run) => atRest(await fresh(kind, run), run) }),
    ...(isChangeable(kind) && { update: (run, changed) => update(kind, run, changed) }),
    remove: (run) => remove(kind, run),
    ...(kind.goesSlowly && { removed: (run) => removed(kind, run) }),
    ...(kind.reference && { reference: kind.reference }),
    attribute: (run, path) => attribute(kind, run, String(path[0])),
    ...(kind.signal && { signal: kind.signal }),
    async check(run) {
      atRest(await fresh(kind, run), run);
    },
  };
}

const isChangeable = ({ fields }: RestKind): boolean =>
  Object.values(fields).some(({ updateAllowed }) => updateAllowed === true);

function attributesOf({ attributes = {}, fields }: RestKind): Readonly<Record<string, AttributeSchema>> {
  const described = Object.entries(attributes).map(([name, description]) => {
    const type = fields[name]?.type;
    return [name, { description, ...(type && { type }) }];
  });
  return {
    ...(Object.fromEntries(described) as Record<string, AttributeSchema>),
    show: { description: 'Detailed information about resource.', type: 'map' },
  };
}

const collectionOf = async ({ collection }: RestKind, run: ResourceRun): Promise<Collection> =>
  typeof collection === 'function' ? collection(run) : collection;

const markOf = ({ mark, fields }: RestKind): string | null =>
  mark === undefined ? (Object.hasOwn(fields, 'name') ? 'name' : null) : mark;

/** The thing as it was seen last by a verb: `create`, `settled` and the attributes after them need one look. */
const seen = new WeakMap<ResourceRun, Thing>();

async function look(kind: RestKind, run: ResourceRun): Promise<Thing> {
  return seen.get(run) ?? fresh(kind, run);
}

async function fresh(kind: RestKind, run: ResourceRun): Promise<Thing> {
  const things = new Things(run.cloud, await collectionOf(kind, run));
  const thing = await things.get(run.resource.physicalId ?? '');
  seen.set(run, thing);
  return thing;
}

async function create(kind: RestKind, run: ResourceRun): Promise<string> {
  const collection = await collectionOf(kind, run);
  const id = run.resource.physicalId ?? (await made(kind, collection, run));
  await run.made(id);
  const { name } = run.properties;
  if (isRenamed(kind, collection, run))
    await new Things(run.cloud, collection).change(id, { name: name ?? null });
  await kind.complete?.(run, id);
  return id;
}

/**
 * Where nothing says when a thing was made, a name that somebody else may give does not find it again: it is made under a name
 * of the resource's own, and renamed.
 */
const isRenamed = (kind: RestKind, { born }: Collection, { properties }: ResourceRun): boolean =>
  born === undefined && markOf(kind) === 'name' && properties['name'] !== undefined;

async function made(kind: RestKind, collection: Collection, run: ResourceRun): Promise<string> {
  const things = new Things(run.cloud, collection);
  const body = await creation(kind, collection, run);
  const mark = markOf(kind);
  const found = run.again ? await foundAgain({ run, collection, body, mark }) : undefined;
  const thing =
    found ?? (await things.create(body, kind.createQuery).catch((thrown) => noteRefusal(run, thrown)));
  return things.idIn(thing);
}

async function creation(kind: RestKind, collection: Collection, run: ResourceRun): Promise<JsonMap> {
  const mark = markOf(kind);
  const own = mark === null ? {} : { [mark]: ownName(run.resource.physicalName, collection) };
  const given = await wired(kind.fields, run.properties, run.cloud);
  const body = isRenamed(kind, collection, run) ? { ...given, ...own } : { ...own, ...given };
  return (await kind.shape?.(body, run)) ?? body;
}

async function update(kind: RestKind, run: ResourceRun, changed: ReadonlySet<string>): Promise<void> {
  const id = run.resource.physicalId ?? '';
  const collection = await collectionOf(kind, run);
  const own = ownName(run.resource.physicalName, collection);
  const values = [...changed].map((name) => [name, run.properties[name] ?? resetOf(kind, name, own)]);
  const given = await wired(kind.fields, Object.fromEntries(values) as JsonMap, run.cloud);
  const body = (await kind.shape?.(given, run, changed)) ?? given;
  if (Object.keys(body).length > 0) await new Things(run.cloud, collection).change(id, body);
  await kind.complete?.(run, id, changed);
  seen.delete(run);
}

const resetOf = (kind: RestKind, name: string, own: string): Json =>
  name === markOf(kind) ? own : (kind.fields[name]?.reset ?? null);

async function remove(kind: RestKind, run: ResourceRun): Promise<void> {
  const collection = await gone(collectionOf(kind, run));
  if (collection === undefined) return;
  const id = run.resource.physicalId ?? (await lost(kind, collection, run));
  if (id === undefined) return;
  await gone(Promise.resolve(kind.beforeRemoval?.(run, id)));
  const things = new Things(run.cloud, collection);
  await things.remove(id, kind.removeQuery).catch(async (thrown: unknown) => {
    const there = await gone(things.get(id));
    if (there !== undefined && !/deleting/i.test(textOf(there['status']))) throw thrown;
  });
}

/** What may have been made by a creation that nobody saw the end of. */
async function lost(kind: RestKind, collection: Collection, run: ResourceRun): Promise<string | undefined> {
  if (wasRefused(run)) return undefined;
  const body = await gone(creation(kind, collection, run));
  const found = body && (await foundAgain({ run, collection, body, mark: markOf(kind) }));
  if (found === undefined) return undefined;
  const id = new Things(run.cloud, collection).idIn(found);
  await run.made(id);
  return id;
}

async function removed(kind: RestKind, run: ResourceRun): Promise<boolean> {
  if (run.resource.physicalId === null) return true;
  const thing = await gone(fresh(kind, run));
  if (thing !== undefined) assertGoing(thing);
  return thing === undefined;
}

function assertGoing({ status }: Thing): void {
  if (/^error/i.test(textOf(status)))
    throw new CloudError('internal', `It went into status ${textOf(status)} while it was deleted.`);
}

async function attribute(kind: RestKind, run: ResourceRun, name: string): Promise<Json> {
  const thing = await look(kind, run).catch((thrown: unknown) => {
    if (isGone(thrown)) return undefined;
    throw thrown;
  });
  if (thing === undefined) return null;
  if (name === 'show') return thing;
  const derived = kind.derived?.[name];
  return derived ? derived(run, thing) : (thing[name] ?? null);
}

/** Waits in some states, fails in others, is at rest in all the rest. */
export const byStatus =
  (waiting: readonly string[], failed: readonly string[], reason = 'status_reason') =>
  (thing: Thing): boolean => {
    const status = textOf(thing['status']);
    if (!failed.includes(status)) return !waiting.includes(status);
    const why = thing[reason];
    throw new CloudError(
      'internal',
      `Went to status ${status} due to "${typeof why === 'string' && why ? why : 'Unknown'}"`,
    );
  };
