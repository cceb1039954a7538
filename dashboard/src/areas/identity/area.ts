import {
  IconBuilding,
  IconFolder,
  IconKey,
  IconShieldLock,
  IconUser,
  IconUsers,
  type Icon,
} from '@tabler/icons-react';
import type { MessageKey } from '../../messages/messages.tsx';
import type { Extension, PageEntry } from '../extension.ts';
import { resourcePage } from '../resource-page.tsx';

const PAGES: readonly (readonly [
  name: 'users' | 'projects' | 'roles' | 'groups' | 'domains',
  MessageKey,
  Icon,
])[] = [
  ['users', 'page.users', IconUser],
  ['projects', 'page.projects', IconFolder],
  ['groups', 'page.groups', IconUsers],
  ['roles', 'page.roles', IconShieldLock],
  ['domains', 'page.domains', IconBuilding],
];

export const identity: Extension = {
  section: 'section.identity',
  pages: [
    {
      path: '/application-credentials',
      title: 'page.appCredentials',
      icon: IconKey,
      service: 'identity',
      load: resourcePage(async () => (await import('./application-credentials.tsx')).applicationCredentials),
    },
    ...PAGES.map(([name, title, icon]): PageEntry => ({
      path: `/${name}`,
      title,
      icon,
      isForAdmins: true,
      service: 'identity',
      load: resourcePage(async () => (await import('./people.tsx'))[name]),
    })),
  ],
};
