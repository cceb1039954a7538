import type { WholeContainer } from './container-overview.tsx';
import { ISOLATED } from './runtimes.ts';

export const quote = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;

const given = (option: string, value: string | number | null | undefined): readonly string[] =>
  value === null || value === undefined || value === '' || value === 0 || value === '0'
    ? []
    : [option, String(value)];

/** How upstream's command line makes such a container. */
export function commandFor(container: WholeContainer): string {
  const { name, cpu, memory, runtime, environment, addresses, image, command } = container;
  const words = [
    'openstack',
    'appcontainer',
    'run',
    ...given('--name', name),
    ...given('--cpu', cpu),
    ...given('--memory', memory),
    ...(runtime === ISOLATED ? ['--runtime', ISOLATED] : []),
    ...(container.interactive ? ['--interactive'] : []),
    ...Object.entries(environment ?? {}).flatMap(([key, value]) => ['--environment', `${key}=${value}`]),
    ...Object.keys(addresses ?? {}).flatMap((network) => ['--net', `network=${network}`]),
    image,
    ...(command ?? []),
  ];
  return words.map(quote).join(' ');
}
