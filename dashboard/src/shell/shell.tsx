import { AppShell, Burger, Center, Group, Loader, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { Suspense } from 'react';
import { Link, Route, Switch, useLocation } from 'wouter';
import icon from '../icon.svg';
import { useLive } from '../live/live.tsx';
import { useText } from '../messages/messages.tsx';
import { FailureBoundary } from './failure-boundary.tsx';
import { Navigation } from './navigation.tsx';
import { Palette, PaletteButton } from './palette.tsx';
import { ProjectMenu } from './project-menu.tsx';
import { usePages } from './routes.tsx';
import { usePageKeys } from './use-page-keys.ts';
import { UserMenu } from './user-menu.tsx';

/** What is around every page. */
export function Shell() {
  const text = useText();
  const pages = usePages();
  const [isOpen, menu] = useDisclosure();
  const [path] = useLocation();
  usePageKeys(pages);
  return (
    <AppShell
      header={{ height: 52 }}
      navbar={{ width: 216, breakpoint: 'sm', collapsed: { mobile: !isOpen } }}
      transitionDuration={0}
    >
      <a className="skip" href="#content">
        {text('app.skip')}
      </a>
      <AppShell.Header className="bar">
        <Group h="100%" px="md" justify="space-between" wrap="nowrap">
          <Group gap="sm" wrap="nowrap">
            <Burger
              opened={isOpen}
              onClick={menu.toggle}
              hiddenFrom="sm"
              size="sm"
              aria-label={text('app.menu')}
            />
            <Link href="/" className="brand" aria-label="Hydria">
              <img src={icon} alt="" width={24} height={24} />
              <span className="wide">Hydria</span>
            </Link>
            <ProjectMenu />
          </Group>
          <Group gap="xs" wrap="nowrap">
            <PaletteButton />
            <UserMenu />
          </Group>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar className="side" p="xs" aria-label={text('app.menu')}>
        <Navigation pages={pages} chosen={menu.close} />
      </AppShell.Navbar>
      <AppShell.Main id="content">
        <Connection />
        <FailureBoundary key={path}>
          <Suspense fallback={<Waiting />}>
            <Switch>
              {pages.map(({ pattern, Component }) => (
                <Route key={pattern} path={pattern} component={Component} />
              ))}
              <Route>
                <Text p="xl">{text('app.notFound')}</Text>
              </Route>
            </Switch>
          </Suspense>
        </FailureBoundary>
      </AppShell.Main>
      <Palette pages={pages} />
    </AppShell>
  );
}

function Connection() {
  const { connected } = useLive();
  const text = useText();
  return (
    <div role="status" className={connected ? '' : 'lost'}>
      {connected ? '' : text('app.lost')}
    </div>
  );
}

const Waiting = () => (
  <Center h="60vh">
    <Loader type="dots" />
  </Center>
);
