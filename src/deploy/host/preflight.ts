import { isKnownSystem, type HostFacts } from './facts.ts';
import { missingPackages, neededPackages } from './packages.ts';

/** What keeps `up` from doing its work here, in words for the user; empty when it can. */
export function obstacles(facts: HostFacts): readonly string[] {
  return [
    ...(isKnownSystem(facts.system)
      ? []
      : [`Debian 12 or newer, or Ubuntu 22.04 or newer: this is ${facts.system.name}`]),
    ...(facts.uid === 0 ? [] : ['the rights of root: run it with sudo']),
  ];
}

/** The Debian packages that are not there, to be told where they cannot be installed. Never throws. */
export async function lackingPackages(facts: HostFacts): Promise<readonly string[]> {
  const needed = await neededPackages();
  if (!isKnownSystem(facts.system))
    return needed.map((name) => `what Debian calls ${name}, where it is not there`);
  return (await missingPackages(needed)).map((name) => `the Debian package ${name}`);
}
