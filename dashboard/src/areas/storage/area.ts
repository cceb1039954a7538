import { IconArchive, IconCamera, IconDatabase } from '@tabler/icons-react';
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
    {
      path: '/snapshots',
      title: 'page.snapshots',
      icon: IconCamera,
      service: 'volumev3',
      load: resourcePage(async () => (await import('./snapshots.tsx')).snapshots),
    },
    {
      path: '/backups',
      title: 'page.backups',
      icon: IconArchive,
      service: 'volumev3',
      load: resourcePage(async () => (await import('./backups.tsx')).backups),
    },
  ],
};
