import { Facts } from './facts.tsx';

const wordsOf = (value: unknown): string =>
  typeof value === 'string' ? value : value === null || value === undefined ? '' : JSON.stringify(value);

/** All that an API says of a thing, for kinds that need no page of their own making. */
export function ResourceFacts({ item }: { readonly item: object }) {
  const facts = Object.entries(item).filter(([name]) => name !== 'links');
  return (
    <section className="panel titled">
      <Facts facts={facts.map(([name, value]) => [name, wordsOf(value)] as const)} />
    </section>
  );
}
