/** The document at the root. */
export const versionsView = (base: string) => ({
  versions: [{ id: 'v1.0', status: 'CURRENT', links: [{ rel: 'self', href: `${base}/v1/` }] }],
});
