import type { CloudEvent } from '#kernel/events/event.ts';

/** Which events a reader cares for; what is not said is all the same. */
export interface EventWish {
  /** `<id>` or `<what>:<id>`. */
  readonly resource?: string | undefined;
  /** A type, or the beginning of some up to a dot. */
  readonly type?: string | undefined;
}

export const isWanted = (event: CloudEvent, { resource, type }: EventWish): boolean =>
  (resource === undefined || isOf(event, resource)) &&
  (type === undefined || event.type === type || event.type.startsWith(`${type}.`));

/** What a service is called after may be said for all that happens to it: actions on a container are the container's. */
function isOf({ service, type, resource: id }: CloudEvent, resource: string): boolean {
  const [first = '', second] = resource.split(':');
  if (second === undefined) return first === id;
  return second === id && (first === service || first === type.split('.')[1]);
}
