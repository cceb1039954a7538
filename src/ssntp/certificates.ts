/** Placeholder until SSNTP's certificates arrive. */
export const ensurePki = (_directory: string, _options: Record<string, never>): Promise<void> =>
  Promise.resolve();
