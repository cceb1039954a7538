import type { AuthMethod } from '../tokens/codec.ts';
import type { User } from './user.ts';

/** What a user's options ask: any one of the sets of methods. Empty = nothing. */
export function mfaRules(user: Pick<User, 'options'>): readonly (readonly string[])[] {
  const rules = user.options['multi_factor_auth_rules'];
  if (user.options['multi_factor_auth_enabled'] === false || !Array.isArray(rules)) return [];
  return (rules as unknown[]).filter((rule): rule is string[] => Array.isArray(rule) && rule.length > 0);
}

export const satisfies = (rules: readonly (readonly string[])[], methods: readonly AuthMethod[]): boolean =>
  rules.length === 0 || rules.some((rule) => rule.every((method) => isOneOf(methods, method)));

/** The rules that these methods are a part of. */
export const begunRules = (
  rules: readonly (readonly string[])[],
  methods: readonly AuthMethod[],
): readonly (readonly string[])[] => rules.filter((rule) => rule.some((method) => isOneOf(methods, method)));

const isOneOf = (methods: readonly AuthMethod[], method: string): boolean =>
  (methods as readonly string[]).includes(method);
