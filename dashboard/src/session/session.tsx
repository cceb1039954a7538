import { useQueryClient } from '@tanstack/react-query';
import { createContext, use, useEffect, useMemo, useState, type ReactNode } from 'react';
import { BrowserCaller } from './browser-caller.ts';
import { enter, findSession, signIn, signOut, type Password, type SignedIn } from './sign-in.ts';

export interface Session {
  readonly who: SignedIn;
  readonly caller: BrowserCaller;
  readonly isAdmin: boolean;
  readonly enter: (projectId: string) => Promise<void>;
  readonly leave: () => Promise<void>;
}

const SessionContext = createContext<Session | null>(null);

interface Doors {
  /** While nobody knows yet whether somebody is signed in. */
  readonly waiting: ReactNode;
  readonly closed: (open: (password: Password) => Promise<void>) => ReactNode;
  readonly children: ReactNode;
}

/** Shows what is behind the door to whoever is signed in, and the door to everybody else. */
export function SessionProvider({ waiting, closed, children }: Doors) {
  const [who, setWho] = useState<SignedIn | null | undefined>();
  const queries = useQueryClient();
  useEffect(() => void findSession().then((found) => setWho(found ?? null)), []);
  const session = useMemo<Session | null>(() => {
    if (!who) return null;
    const change = (next: SignedIn | null) => {
      queries.clear();
      setWho(next);
    };
    return {
      who,
      caller: new BrowserCaller(who, () => change(null)),
      isAdmin: who.roles.includes('admin'),
      enter: async (projectId) => change(await enter(who.token, projectId)),
      leave: async () => {
        await signOut(who);
        change(null);
      },
    };
  }, [who, queries]);
  if (who === undefined) return waiting;
  if (!session) return closed(async (password) => setWho(await signIn(password)));
  return (
    <SessionContext key={session.who.token} value={session}>
      {children}
    </SessionContext>
  );
}

export function useSession(): Session {
  const session = use(SessionContext);
  if (!session) throw new Error('Nobody is signed in here.');
  return session;
}

export const useCaller = (): BrowserCaller => useSession().caller;
