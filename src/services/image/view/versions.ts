const CURRENT = 17;
/** Versions that stand for a cache of images, which there is not. */
const CACHE = new Set([14, 16]);
/** Versions that are there where several stores are. */
const STORES = new Set([8, 10, 11, 13, 15]);

/** Every minor version on its own, as Glance lists them. */
export const versionsView = (base: string, severalStores: boolean) => ({
  versions: Array.from({ length: CURRENT + 1 }, (_, index) => CURRENT - index)
    .filter((minor) => !CACHE.has(minor) && (severalStores || !STORES.has(minor)))
    .map((minor) => ({
      id: `v2.${minor}`,
      status: minor === CURRENT ? 'CURRENT' : 'SUPPORTED',
      links: [{ rel: 'self', href: `${base}/v2/` }],
    })),
});
