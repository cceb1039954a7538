import { Center, Loader, MantineProvider } from '@mantine/core';
import { Notifications } from '@mantine/notifications';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { Router } from 'wouter';
import { CloudError } from '../../src/kernel/errors.ts';
import { LiveProvider } from './live/live.tsx';
import { MessagesProvider, type Language, type Texts } from './messages/messages.tsx';
import { SessionProvider } from './session/session.tsx';
import { SignIn } from './session/sign-in-form.tsx';
import { Shell } from './shell/shell.tsx';
import { theme } from './theme.ts';

const MOST_TRIES = 2;

/** Only an answer that never came is asked for again: a refusal would come again too. */
const isWorthAnotherTry = (tries: number, thrown: unknown): boolean =>
  tries < MOST_TRIES && thrown instanceof CloudError && thrown.kind === 'unavailable';

const queries = new QueryClient({
  defaultOptions: { queries: { retry: isWorthAnotherTry, staleTime: 5_000, refetchOnWindowFocus: false } },
});

export function App({ language, texts }: { language: Language; texts: Texts }) {
  return (
    <MantineProvider theme={theme} defaultColorScheme="auto">
      <QueryClientProvider client={queries}>
        <MessagesProvider language={language} texts={texts}>
          <Notifications position="bottom-right" />
          <SessionProvider waiting={<Waiting />} closed={(open) => <SignIn open={open} />}>
            <LiveProvider>
              <Router base="/ui">
                <Shell />
              </Router>
            </LiveProvider>
          </SessionProvider>
        </MessagesProvider>
      </QueryClientProvider>
    </MantineProvider>
  );
}

const Waiting = () => (
  <Center h="100vh">
    <Loader type="dots" />
  </Center>
);
