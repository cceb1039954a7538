import { Kbd, UnstyledButton } from '@mantine/core';
import { Spotlight, spotlight, type SpotlightActionGroupData } from '@mantine/spotlight';
import { IconLogout, IconSearch, IconSunMoon, IconUsersGroup } from '@tabler/icons-react';
import { useLocation } from 'wouter';
import { useText } from '../messages/messages.tsx';
import { tellFailure } from '../parts/failure.tsx';
import { useSession } from '../session/session.tsx';
import type { ShownPage } from './routes.tsx';
import { useThemeSwitch } from './user-menu.tsx';

/** Ctrl-K: everything that can be gone to or done from everywhere, by its name. */
export function Palette({ pages }: { readonly pages: readonly ShownPage[] }) {
  const text = useText();
  const [, navigate] = useLocation();
  const { who, enter, leave } = useSession();
  const { switchTheme } = useThemeSwitch();
  const groups: SpotlightActionGroupData[] = [
    {
      group: text('palette.goTo'),
      actions: pages.map(({ path, title, icon: Icon, key }) => ({
        id: path,
        label: text(title),
        leftSection: <Icon size={18} stroke={1.6} />,
        rightSection: key && <Kbd size="xs">g {key}</Kbd>,
        onClick: () => navigate(path),
      })),
    },
    {
      group: text('app.project'),
      actions: who.projects
        .filter(({ id }) => id !== who.project?.id)
        .map(({ id, name }) => ({
          id,
          label: name,
          leftSection: <IconUsersGroup size={18} stroke={1.6} />,
          onClick: () => void enter(id).catch(tellFailure),
        })),
    },
    {
      group: text('app.actions'),
      actions: [
        {
          id: 'theme',
          label: text('app.theme'),
          leftSection: <IconSunMoon size={18} />,
          onClick: switchTheme,
        },
        {
          id: 'leave',
          label: text('app.signOut'),
          leftSection: <IconLogout size={18} />,
          onClick: () => void leave().catch(tellFailure),
        },
      ],
    },
  ];
  return (
    <Spotlight
      shortcut={['mod + K']}
      actions={groups.filter(({ actions }) => actions.length > 0)}
      nothingFound={text('app.nothingFound')}
      highlightQuery
      scrollable
      attributes={{ content: { 'aria-label': text('app.search') } }}
      maxHeight={420}
      searchProps={{
        leftSection: <IconSearch size={18} />,
        placeholder: text('app.search'),
        'aria-label': text('app.search'),
      }}
    />
  );
}

export function PaletteButton() {
  const text = useText();
  return (
    <UnstyledButton className="palette-button" onClick={spotlight.open} title={text('app.search')}>
      <IconSearch size={15} />
      <span className="wide-text">{text('app.search')}</span>
      <Kbd size="xs" className="wide">
        Ctrl K
      </Kbd>
    </UnstyledButton>
  );
}
