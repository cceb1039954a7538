import { IconDatabase } from '@tabler/icons-react';
import type { Extension } from '../extension.ts';
import { resourcePage } from '../resource-page.tsx';

export const storage: Extension = {
  section: 'section.storage',
  pages: [
    {
      path: '/volumes',
      title: 'page.volumes',
      icon: IconDatabase,
      key: 'v',
      service: 'volumev3',
      load: resourcePage(async () => (await import('./volumes.tsx')).volumes),
    },
  ],
};
