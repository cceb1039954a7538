/** One call that an application credential may make. Source: Keystone's access rules. */
export interface AccessRule {
  /** Type of the service, as in the catalogue. */
  readonly service: string;
  readonly method: string;
  /** Below the service's address: `*` and `{name}` stand for one segment, `**` for any number. */
  readonly path: string;
}

export interface AccessedCall {
  /** The types under which the service is known. */
  readonly types: readonly string[];
  readonly method: string;
  /** Without the service's prefix and the query. */
  readonly path: string;
}

/** Whether any rule lets the call through. */
export const isAccessAllowed = (rules: readonly AccessRule[], call: AccessedCall): boolean =>
  rules.some(
    (rule) =>
      call.types.includes(rule.service) &&
      rule.method.toUpperCase() === call.method &&
      matches(rule.path.split('/'), call.path.split('/')),
  );

function matches([pattern, ...patterns]: readonly string[], segments: readonly string[]): boolean {
  if (pattern === undefined) return segments.length === 0;
  if (pattern === '**')
    return segments.some((_, at) => matches(patterns, segments.slice(at))) || matches(patterns, []);
  const [segment, ...rest] = segments;
  const fits =
    segment !== undefined &&
    (pattern === '*' || /^\{.+\}$/.test(pattern) ? segment !== '' : pattern === segment);
  return fits && matches(patterns, rest);
}
