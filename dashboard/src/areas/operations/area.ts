import { IconHistory, IconServer } from '@tabler/icons-react';
import type { Extension } from '../extension.ts';
import { resourcePage } from '../resource-page.tsx';

export const operations: Extension = {
  section: 'section.operations',
  pages: [
    {
      path: '/nodes',
      title: 'page.nodes',
      icon: IconServer,
      isForAdmins: true,
      service: 'container',
      load: resourcePage(async () => (await import('./nodes.tsx')).nodes),
    },
    {
      path: '/audit',
      title: 'page.audit',
      icon: IconHistory,
      load: async () => (await import('./audit.tsx')).Audit,
    },
  ],
};
