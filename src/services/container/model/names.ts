const GREEK =
  'alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho sigma tau upsilon phi chi psi omega'.split(
    ' ',
  );

/** `<greek letter>-<1..24>-container`, as Zun names what the user did not. `random` is in [0, 1). */
export function inventName(random: () => number = Math.random): string {
  const pick = () => Math.floor(random() * GREEK.length);
  return `${GREEK[pick()]}-${pick() + 1}-container`;
}

/** A name that a host can have: letters, digits and dashes, 63 at most. */
export const hostnameOf = (name: string): string =>
  name
    .toLowerCase()
    .replaceAll(/[^a-z0-9-]+/g, '-')
    .slice(0, 63)
    .replace(/-+$/, '');
