import { useQueryClient } from '@tanstack/react-query';
import { createContext, use, useEffect, useMemo, useRef, useState, type ReactNode } from 'react';
import type { Caller } from '../../../src/sdk/caller.ts';
import { followEvents, type CloudEvent } from '../../../src/sdk/events.ts';
import { useSession } from '../session/session.tsx';

type Listener = (event: CloudEvent) => void;

interface Live {
  readonly connected: boolean;
  /** What was heard since the page was opened, the newest first. */
  readonly past: () => readonly CloudEvent[];
  /** @returns what stops it */
  readonly listen: (listener: Listener) => () => void;
}

const LiveContext = createContext<Live | null>(null);

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 8_000;
const GATHER_MS = 250;
const MOST_PAST = 500;

/** What lists and pages are kept under: `network.port.created` is a port's, an action on a container the container's, all of a stack its. */
export function kindOf({ service, type }: CloudEvent): string {
  if (service === 'orchestration') return 'stack';
  const noun = type.split('.')[1] ?? service;
  return noun === 'action' ? service : noun;
}

/** Tells of many changes at once. */
class Refresher {
  readonly #tell: (kinds: ReadonlySet<string>) => void;
  #kinds = new Set<string>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(tell: (kinds: ReadonlySet<string>) => void) {
    this.#tell = tell;
  }

  add(kind: string): void {
    this.#kinds.add(kind);
    this.#timer ??= setTimeout(() => {
      this.stop();
      this.#tell(this.#kinds);
      this.#kinds = new Set();
    }, GATHER_MS);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}

interface Hearing {
  readonly signal: AbortSignal;
  readonly heard: Listener;
  readonly lost: () => void;
  /** @param again after it was lost: something may have been missed */
  readonly found: (again: boolean) => void;
}

/** Until the signal aborts, through every loss of the connection. */
async function follow(caller: Caller, { signal, heard, lost, found }: Hearing): Promise<void> {
  let wait = FIRST_WAIT_MS;
  let isLost = false;
  const onOpen = () => {
    found(isLost);
    isLost = false;
    wait = FIRST_WAIT_MS;
  };
  while (!signal.aborted) {
    try {
      for await (const event of followEvents(caller, { signal, onOpen })) heard(event);
    } catch {
      // lost: tried again below
    }
    if (signal.aborted) return;
    isLost = true;
    lost();
    await new Promise((resolve) => setTimeout(resolve, wait));
    wait = Math.min(wait * 2, LONGEST_WAIT_MS);
  }
}

/**
 * One stream for the whole page. What happens to a resource makes all that is shown of its kind be asked for again, a quarter of a second
 * later at most; after a lost connection, everything.
 */
export function LiveProvider({ children }: { children: ReactNode }) {
  const { caller } = useSession();
  const queries = useQueryClient();
  const listeners = useRef(new Set<Listener>());
  const past = useRef<readonly CloudEvent[]>([]);
  const [connected, setConnected] = useState(true);

  useEffect(() => {
    const closing = new AbortController();
    const refresher = new Refresher((kinds) => {
      for (const kind of kinds) void queries.invalidateQueries({ queryKey: [kind] });
    });
    const heard = (event: CloudEvent) => {
      refresher.add(kindOf(event));
      past.current = [event, ...past.current].slice(0, MOST_PAST);
      for (const listener of listeners.current) listener(event);
    };
    void follow(caller, {
      signal: closing.signal,
      heard,
      lost: () => setConnected(false),
      found: (again) => {
        setConnected(true);
        if (again) void queries.invalidateQueries();
      },
    });
    return () => {
      closing.abort();
      refresher.stop();
    };
  }, [caller, queries]);

  const live = useMemo<Live>(
    () => ({
      connected,
      past: () => past.current,
      listen: (listener) => {
        listeners.current.add(listener);
        return () => listeners.current.delete(listener);
      },
    }),
    [connected],
  );
  return <LiveContext value={live}>{children}</LiveContext>;
}

export function useLive(): Live {
  const live = use(LiveContext);
  if (!live) throw new Error('There is no stream here.');
  return live;
}
