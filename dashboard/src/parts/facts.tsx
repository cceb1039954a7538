import type { ReactNode } from 'react';

export type Fact = readonly [name: string, value: ReactNode];

/** What there is to know of a thing: names and values, side by side. */
export function Facts({ facts }: { readonly facts: readonly Fact[] }) {
  return (
    <dl className="facts">
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{isNothing(value) ? <span className="quiet">–</span> : value}</dd>
        </div>
      ))}
    </dl>
  );
}

const isNothing = (value: ReactNode): boolean =>
  value === null || value === undefined || value === '' || value === false;
