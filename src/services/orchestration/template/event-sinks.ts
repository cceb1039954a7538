import { badRequest } from '#kernel/errors.ts';
import { entry, isMap, jsonText, type Json, type JsonMap } from './json.ts';

/** Where a stack's events are to go besides. */
const QUEUE = 'zaqar-queue';
const SAID = ['type', 'target', 'ttl'];

/**
 * The sinks of an environment. There is one type upstream, a queue of the messaging service; where that is not there they are kept and
 * shown, and the events stay where they are anyway.
 * @throws CloudError that names what is wrong
 */
export const eventSinksOf = (given: readonly Json[]): readonly JsonMap[] =>
  given.map((sink, index) => sinkOf(sink, `event_sinks.${index}`));

function sinkOf(sink: Json, place: string): JsonMap {
  const wrong = (why: string) => badRequest(`environment: ${place}${why}`, { code: 'StackValidationFailed' });
  if (!isMap(sink)) throw wrong(' must be a map');
  const said = (name: string): Json => entry(sink, name) ?? null;
  if (said('type') !== QUEUE)
    throw wrong(`.type: ${jsonText(said('type'))} is no type of event sinks; there is "${QUEUE}"`);
  const unknown = Object.keys(sink).find((name) => !SAID.includes(name));
  if (unknown !== undefined) throw wrong(`: "${unknown}" is not known`);
  const [target, ttl] = [said('target'), said('ttl')];
  if (typeof target !== 'string' || target.length < 1 || target.length > 64)
    throw wrong('.target: the name of a queue has 1 to 64 characters');
  if (ttl !== null && !(Number.isInteger(ttl) && Number(ttl) > 0))
    throw wrong('.ttl: a whole number of seconds is expected');
  return sink;
}
