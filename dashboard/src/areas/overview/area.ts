import { IconLayoutDashboard } from '@tabler/icons-react';
import type { Extension } from '../extension.ts';

export const overview: Extension = {
  section: null,
  pages: [
    {
      path: '/',
      title: 'page.overview',
      icon: IconLayoutDashboard,
      key: 'o',
      load: async () => (await import('./overview.tsx')).Overview,
    },
  ],
  cards: [{ name: 'health', load: async () => (await import('./health.tsx')).HealthCard }],
};
