import {
  IconNetwork,
  IconPlug,
  IconRouter,
  IconShield,
  IconTopologyStar3,
  IconWorld,
} from '@tabler/icons-react';
import type { Extension } from '../extension.ts';
import { resourcePage } from '../resource-page.tsx';

export const network: Extension = {
  section: 'section.network',
  pages: [
    {
      path: '/topology',
      title: 'page.topology',
      icon: IconTopologyStar3,
      key: 't',
      service: 'network',
      load: async () => (await import('./topology/topology.tsx')).Topology,
    },
    {
      path: '/networks',
      title: 'page.networks',
      icon: IconNetwork,
      key: 'n',
      service: 'network',
      load: resourcePage(async () => (await import('./networks.tsx')).networks),
    },
    {
      path: '/ports',
      title: 'network.ports',
      icon: IconPlug,
      service: 'network',
      load: resourcePage(async () => (await import('./ports.tsx')).ports),
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
  additions: ['container', 'capsule'].map((kind) => ({
    kind,
    load: async () => (await import('./of-containers.tsx')).addition,
  })),
};
