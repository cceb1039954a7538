import { IconKey } from '@tabler/icons-react';
import type { Extension } from '../extension.ts';
import { resourcePage } from '../resource-page.tsx';

export const security: Extension = {
  section: 'section.security',
  pages: [
    {
      path: '/secrets',
      title: 'page.secrets',
      icon: IconKey,
      service: 'key-manager',
      load: resourcePage(async () => (await import('./secrets.tsx')).secrets),
    },
  ],
};
