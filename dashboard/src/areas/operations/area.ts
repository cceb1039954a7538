import { IconGauge, IconHistory, IconServer } from '@tabler/icons-react';
import type { Extension } from '../extension.ts';
import { resourcePage } from '../resource-page.tsx';

export const operations: Extension = {
  section: 'section.operations',
  pages: [
    {
      path: '/quotas',
      title: 'page.quotas',
      icon: IconGauge,
      load: async () => (await import('./quotas.tsx')).Quotas,
    },
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
