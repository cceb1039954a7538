const CURRENT = 17;
const SKIPPED = new Set([8, 10, 11, 12, 14]);

/** Every minor version on its own, as Glance lists them. */
export const versionsView = (base: string) => ({
  versions: Array.from({ length: CURRENT + 1 }, (_, index) => CURRENT - index)
    .filter((minor) => !SKIPPED.has(minor))
    .map((minor) => ({
      id: `v2.${minor}`,
      status: minor === CURRENT ? 'CURRENT' : 'SUPPORTED',
      links: [{ rel: 'self', href: `${base}/v2/` }],
    })),
});
