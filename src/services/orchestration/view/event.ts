import type { PlacedEvent } from '../service/events.ts';
import { stateOf } from '../model/stack.ts';
import { link, resourceUrl, stackUrl, type StackPlace } from './links.ts';
import { wireTime } from './stack.ts';

/** An event in a list; `root` is the stack that was asked, where the event is of one that it holds. */
export function eventItemView({ event, stack }: PlacedEvent, base: string, root?: StackPlace) {
  const resource = resourceUrl(base, stack, event.resourceName);
  return {
    id: event.id,
    event_time: wireTime(event.at),
    resource_name: event.resourceName,
    logical_resource_id: event.resourceName,
    physical_resource_id: event.physicalId ?? '',
    resource_status: stateOf(event),
    resource_status_reason: event.statusReason,
    links: [
      link(`${resource}/events/${event.id}`),
      link(resource, 'resource'),
      link(stackUrl(base, stack), 'stack'),
      ...(root ? [link(stackUrl(base, root), 'root_stack')] : []),
    ],
  };
}

export const eventView = (placed: PlacedEvent, base: string) => ({
  ...eventItemView(placed, base),
  resource_type: placed.event.resourceType,
  resource_properties: {},
});
