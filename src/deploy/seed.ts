/** Placeholder until the seed arrives: the first project, networks, flavors and images. Idempotent. */
export const seedCloud = (_options: {
  readonly baseUrl: string;
  readonly adminPassword: string;
  readonly region: string;
  readonly externalNetwork: { readonly cidr: string; readonly gateway: string };
  readonly dataDirectory: string;
}): Promise<void> => Promise.resolve();
