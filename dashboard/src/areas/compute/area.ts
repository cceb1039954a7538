import { IconBox, IconBoxMultiple, IconDisc } from '@tabler/icons-react';
import type { Extension } from '../extension.ts';
import { resourcePage } from '../resource-page.tsx';

export const compute: Extension = {
  section: 'section.compute',
  pages: [
    {
      path: '/containers',
      title: 'page.containers',
      icon: IconBox,
      key: 'c',
      service: 'container',
      load: resourcePage(async () => (await import('./containers.tsx')).containers),
    },
    {
      path: '/capsules',
      title: 'page.capsules',
      icon: IconBoxMultiple,
      service: 'container',
      load: resourcePage(async () => (await import('./capsules.tsx')).capsules),
    },
    {
      path: '/images',
      title: 'page.images',
      icon: IconDisc,
      key: 'i',
      service: 'image',
      load: resourcePage(async () => (await import('./images.tsx')).images),
    },
  ],
};
