import { useEffect, useState } from 'react';
import type { CloudEvent } from '../../../../../src/sdk/events.ts';
import { useLive } from '../../../live/live.tsx';
import { useText } from '../../../messages/messages.tsx';
import { Time } from '../../../parts/time.tsx';

/** What happens to a thing while one looks. */
export function EventList({ id }: { readonly id: string }) {
  const text = useText();
  const events = useEventsOf(id);
  if (events.length === 0) return <p className="quiet">{text('workload.noEvents')}</p>;
  return (
    <ul className="panel events">
      {events.map(({ seq, at, type, payload }) => (
        <li key={seq}>
          <Time at={at} />
          <strong>{type}</strong>
          <code>{JSON.stringify(payload)}</code>
        </li>
      ))}
    </ul>
  );
}

function useEventsOf(id: string): readonly CloudEvent[] {
  const { past, listen } = useLive();
  const [events, setEvents] = useState<readonly CloudEvent[]>(() =>
    past().filter((event) => isOf(event, id)),
  );
  useEffect(
    () => listen((event) => isOf(event, id) && setEvents((known) => [event, ...known])),
    [id, listen],
  );
  return events;
}

const isOf = ({ resource }: CloudEvent, id: string): boolean => resource === id;
