import { badRequest } from '#kernel/errors.ts';

/** When a password must have come to its end: compared as text, which ISO-8601 times may be. */
export interface ExpiryFilter {
  readonly operator: '<' | '<=' | '=' | '<>' | '>=' | '>';
  readonly time: string;
}

const OPERATORS: Readonly<Record<string, ExpiryFilter['operator']>> = {
  lt: '<',
  lte: '<=',
  eq: '=',
  neq: '<>',
  gte: '>=',
  gt: '>',
};

/** `lt:2030-01-01T00:00:00Z` as a filter. @throws CloudError `bad-request`. */
export function parseExpiryFilter(text: string | undefined): ExpiryFilter | undefined {
  if (text === undefined) return undefined;
  const [, word = 'eq', time = ''] = /^(?:([a-z]+):)?(\d{4}-.+)$/.exec(text) ?? [];
  const operator = Object.hasOwn(OPERATORS, word) ? OPERATORS[word] : undefined;
  const date = new Date(time);
  if (operator === undefined || Number.isNaN(date.getTime()))
    throw badRequest('password_expires_at must be an operator and a time, such as lt:2030-01-01T00:00:00Z.');
  return { operator, time: date.toISOString() };
}
