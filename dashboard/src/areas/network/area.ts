import { IconNetwork, IconRouter, IconShield, IconWorld } from '@tabler/icons-react';
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
    {
      path: '/routers',
      title: 'page.routers',
      icon: IconRouter,
      service: 'network',
      load: resourcePage(async () => (await import('./routers.tsx')).routers),
    },
    {
      path: '/security-groups',
      title: 'page.securityGroups',
      icon: IconShield,
      service: 'network',
      load: resourcePage(async () => (await import('./security-groups.tsx')).securityGroups),
    },
    {
      path: '/floating-ips',
      title: 'page.floatingIps',
      icon: IconWorld,
      service: 'network',
      load: resourcePage(async () => (await import('./floating-ips.tsx')).floatingIps),
    },
  ],
};
