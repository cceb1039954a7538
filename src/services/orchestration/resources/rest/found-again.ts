import { CloudError } from '#kernel/errors.ts';
import { textOf, isList, isMap, type Json, type JsonMap } from '../../template/json.ts';
import type { ResourceRun } from '../resource-type.ts';
import { ownName, Things, type Collection, type Thing } from './collection.ts';

interface Search {
  readonly run: ResourceRun;
  readonly collection: Collection;
  /** What was sent. */
  readonly body: JsonMap;
  /** The field of `body` that tells it from others. */
  readonly mark: string | null;
}

/**
 * The thing that an earlier try made without having told: it says what was sent, is none of the stack's others, and is not older
 * than the resource, unless its name is one that nobody else gives.
 */
export async function foundAgain({ run, collection, body, mark }: Search): Promise<Thing | undefined> {
  const things = new Things(run.cloud, collection);
  const named = mark === null ? undefined : body[mark];
  const query: Record<string, string> = mark !== null && typeof named === 'string' ? { [mark]: named } : {};
  const own = named === ownName(run.resource.physicalName, collection);
  const found = await things.list(query);
  return found.find(
    (thing) =>
      says(thing, body) && !run.taken.has(things.idIn(thing)) && (own || isBornSince(thing, collection, run)),
  );
}

const says = (thing: Thing, body: JsonMap): boolean =>
  Object.entries(body).every(([name, sent]) => agrees(thing[name], sent));

/** APIs leave out what they do not tell everybody, and write some numbers as texts; lists they may order and complete. */
function agrees(shown: Json | undefined, sent: Json): boolean {
  if (shown === undefined || sent === null || isList(sent)) return true;
  if (isMap(sent)) return isMap(shown) && says(shown, sent);
  return textOf(shown) === String(sent);
}

/** Some APIs tell whole seconds. */
function isBornSince(thing: Thing, { born }: Collection, { resource }: ResourceRun): boolean {
  if (born === undefined) return true;
  const text = textOf(thing[born]);
  const time = Date.parse(/Z|[+-]\d{2}:?\d{2}$/.test(text) ? text : `${text}Z`);
  return time >= Math.floor(Date.parse(resource.createdAt) / 1000) * 1000;
}

const REFUSALS: readonly CloudError['kind'][] = [
  'bad-request',
  'unauthenticated',
  'forbidden',
  'not-found',
  'conflict',
  'quota',
  'too-large',
];

/** A creation that was refused made nothing: what looks like it later is somebody else's. */
export async function noteRefusal(run: ResourceRun, thrown: unknown): Promise<never> {
  if (REFUSALS.includes(CloudError.from(thrown).kind)) await run.keep({ refused: true });
  throw thrown;
}

export const wasRefused = ({ resource }: ResourceRun): boolean => resource.data['refused'] === true;
