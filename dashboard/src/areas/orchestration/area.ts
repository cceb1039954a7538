import { IconBell, IconStack2 } from '@tabler/icons-react';
import type { Extension } from '../extension.ts';
import { resourcePage } from '../resource-page.tsx';

export const orchestration: Extension = {
  section: 'section.orchestration',
  pages: [
    {
      path: '/stacks',
      title: 'page.stacks',
      icon: IconStack2,
      key: 's',
      service: 'orchestration',
      load: resourcePage(async () => (await import('./stacks.tsx')).stacks),
    },
    {
      path: '/alarms',
      title: 'page.alarms',
      icon: IconBell,
      service: 'alarming',
      load: resourcePage(async () => (await import('./alarms.tsx')).alarms),
    },
  ],
};
