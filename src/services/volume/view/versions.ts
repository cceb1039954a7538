/** The microversions of the API. */
export const VERSIONS = { word: 'volume', min: '3.0', max: '3.70' } as const;

/** The document at the root and at `/v3`. */
export const versionsView = (base: string) => ({
  versions: [
    {
      id: 'v3.0',
      status: 'CURRENT',
      version: VERSIONS.max,
      min_version: VERSIONS.min,
      updated: '2022-08-31T00:00:00Z',
      links: [
        { rel: 'describedby', type: 'text/html', href: 'https://docs.openstack.org/' },
        { rel: 'self', href: `${base}/v3/` },
      ],
      'media-types': [{ base: 'application/json', type: 'application/vnd.openstack.volume+json;version=3' }],
    },
  ],
});
