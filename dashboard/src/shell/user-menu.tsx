import { ActionIcon, Menu, useComputedColorScheme, useMantineColorScheme } from '@mantine/core';
import { IconLanguage, IconLogout, IconMoon, IconSun, IconUser } from '@tabler/icons-react';
import { isLanguage, LANGUAGES, useMessages } from '../messages/messages.tsx';
import { tellFailure } from '../parts/failure.tsx';
import { useSession } from '../session/session.tsx';

export function useThemeSwitch() {
  const { setColorScheme } = useMantineColorScheme();
  const shown = useComputedColorScheme('light');
  return { shown, switchTheme: () => setColorScheme(shown === 'dark' ? 'light' : 'dark') };
}

/** Who is signed in, their taste, and the way out. */
export function UserMenu() {
  const { who, leave } = useSession();
  const { text, language, choose } = useMessages();
  const { shown, switchTheme } = useThemeSwitch();
  return (
    <Menu position="bottom-end" closeOnItemClick={false}>
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" size="lg" aria-label={who.user.name}>
          <IconUser size={18} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown miw={200}>
        <Menu.Label>
          {who.user.name} · {who.user.domain.name}
        </Menu.Label>
        <Menu.Item
          leftSection={shown === 'dark' ? <IconSun size={16} /> : <IconMoon size={16} />}
          onClick={switchTheme}
        >
          {text('app.theme')}
        </Menu.Item>
        {Object.entries(LANGUAGES).map(([code, name]) => (
          <Menu.Item
            key={code}
            lang={code}
            leftSection={<IconLanguage size={16} />}
            disabled={code === language}
            onClick={() => void (isLanguage(code) && choose(code))}
          >
            {name}
          </Menu.Item>
        ))}
        <Menu.Divider />
        <Menu.Item leftSection={<IconLogout size={16} />} onClick={() => void leave().catch(tellFailure)}>
          {text('app.signOut')}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
