import type { MicroversionRange } from '#kernel/microversion.ts';

export const MICROVERSIONS: MicroversionRange = { word: 'placement', min: '1.0', max: '1.36' };

export const versionsView = (base: string) => ({
  versions: [
    {
      id: 'v1.0',
      min_version: MICROVERSIONS.min,
      max_version: MICROVERSIONS.max,
      status: 'CURRENT',
      links: [{ rel: 'self', href: base }],
    },
  ],
});
