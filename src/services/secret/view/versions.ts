/** The microversions of the API. */
export const VERSIONS = { word: 'key-manager', min: '1.0', max: '1.1' } as const;

const v1 = (base: string) => ({
  id: 'v1',
  status: 'stable',
  links: [{ rel: 'self', href: `${base}/v1/` }],
  'media-types': [{ base: 'application/json', type: 'application/vnd.openstack.key-manager-v1+json' }],
});

const v1WithRange = (base: string) => ({
  ...v1(base),
  status: 'CURRENT',
  min_version: VERSIONS.min,
  max_version: VERSIONS.max,
});

/** The document at the root: Keystone's form, and a list with microversions for whoever asks with one. */
export const versionsView = (base: string, versioned: boolean) =>
  versioned ? { versions: [v1WithRange(base)] } : { versions: { values: [v1(base)] } };

/** The document at `/v1`. */
export const v1View = (base: string, versioned: boolean) => ({
  version: versioned ? v1WithRange(base) : v1(base),
});
