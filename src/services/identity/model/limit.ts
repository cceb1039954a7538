import { conflict, notFound, type CloudError } from '#kernel/errors.ts';

/** How much of a resource every project may have of a service, unless a limit says otherwise. */
export interface RegisteredLimit {
  readonly id: string;
  readonly serviceId: string;
  /** '' = in every region. */
  readonly regionId: string;
  readonly resourceName: string;
  readonly defaultLimit: number;
  readonly description: string | null;
}

/** How much one project, or one domain, may have. */
export interface Limit {
  readonly id: string;
  readonly serviceId: string;
  readonly regionId: string;
  readonly resourceName: string;
  /** One of the two is ''. */
  readonly projectId: string;
  readonly domainId: string;
  readonly resourceLimit: number;
  readonly description: string | null;
}

/** What a registered limit and the limits that override it have in common. */
export type LimitedResource = Pick<RegisteredLimit, 'serviceId' | 'regionId' | 'resourceName'>;

export const registeredLimitNotFound = (id: string): CloudError =>
  notFound(`Could not find registered limit for ${id}.`);
export const limitNotFound = (id: string): CloudError => notFound(`Could not find limit for ${id}.`);

export const limitTaken = (noun: 'registered limit' | 'limit'): CloudError =>
  conflict(`Conflict occurred attempting to store ${noun} - there is one for this resource already.`);

/** Amounts by resource name; what a region says counts more than what is said for all of them. */
export function amountsIn<T extends LimitedResource>(
  limits: readonly T[],
  region: string,
  amount: (limit: T) => number,
): Record<string, number> {
  const of = (regionId: string) =>
    limits.filter((limit) => limit.regionId === regionId).map((limit) => [limit.resourceName, amount(limit)]);
  return Object.fromEntries([...of(''), ...of(region)]) as Record<string, number>;
}
