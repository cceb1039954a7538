import { IconNetwork } from '@tabler/icons-react';
import type { Extension } from '../extension.ts';
import { resourcePage } from '../resource-page.tsx';

export const network: Extension = {
  section: 'section.network',
  pages: [
    {
      path: '/networks',
      title: 'page.networks',
      icon: IconNetwork,
      key: 'n',
      service: 'network',
      load: resourcePage(async () => (await import('./networks.tsx')).networks),
    },
  ],
};
