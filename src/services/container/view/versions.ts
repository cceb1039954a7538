/** The microversions of the API. */
export const VERSIONS = { word: 'container', min: '1.1', max: '1.40' } as const;

const COLLECTIONS = [
  'services',
  'containers',
  'images',
  'networks',
  'hosts',
  'availability_zones',
  'capsules',
  'quotas',
  'quota_classes',
  'registries',
];

/** The document at the root. */
export function versionsView(base: string) {
  const v1 = {
    id: 'v1',
    links: [{ rel: 'self', href: `${base}/v1/` }],
    status: 'CURRENT',
    max_version: VERSIONS.max,
    min_version: VERSIONS.min,
  };
  return {
    name: 'OpenStack Zun API',
    description: 'Zun is an OpenStack project which aims to provide containers service.',
    versions: [v1],
    default_version: v1,
  };
}

/** The document at `/v1`. */
export const v1View = (base: string) => ({
  id: 'v1',
  media_types: [{ base: 'application/json', type: 'application/vnd.openstack.zun.v1+json' }],
  links: [{ rel: 'self', href: `${base}/v1/` }],
  ...Object.fromEntries(
    COLLECTIONS.map((name) => [
      name,
      [
        { rel: 'self', href: `${base}/v1/${name}/` },
        { rel: 'bookmark', href: `${base}/${name}/` },
      ],
    ]),
  ),
});
