/** Placeholder until SSNTP's certificates arrive. */
export const ensurePki = (_directory: string, _options: { readonly name: string }): Promise<void> =>
  Promise.resolve();
