import type { Ctx } from '../context.ts';

/** What a rule may look at besides the caller: the fields of the object or request it guards. */
export type PolicyTarget = Readonly<Record<string, unknown>>;

export type Check = (ctx: Ctx, target: PolicyTarget, rules: ReadonlyMap<string, Check>) => boolean;

/** The rules that an expression is made of. */
export const rulesIn = (text: string): readonly string[] =>
  [...text.matchAll(/(?<![^\s()])rule:([^\s()]+)/gi)].map(([, name]) => name ?? '');

/**
 * The policy language of the field (oslo.policy): `role:admin`, `rule:owner`, `project_id:%(project_id)s`,
 * `user_id:%(target.user.id)s`, `True:%(enabled)s`, `@` (everybody), `!` (nobody), `not`, `and`, `or`, parentheses.
 * @throws Error with the place when it cannot be read.
 */
export function parseExpression(text: string): Check {
  const tokens = text.trim() === '' ? ['@'] : (text.match(/\(|\)|[^\s()]*%\([^)]*\)s|[^\s()]+/g) ?? []);
  let next = 0;
  const peek = () => tokens[next]?.toLowerCase();

  function either(): Check {
    let left = both();
    while (peek() === 'or') {
      next++;
      left = any(left, both());
    }
    return left;
  }
  function both(): Check {
    let left = single();
    while (peek() === 'and') {
      next++;
      left = all(left, single());
    }
    return left;
  }
  function single(): Check {
    const token = tokens[next++];
    if (token === undefined) throw new Error(`The policy expression '${text}' ends too early.`);
    if (token.toLowerCase() === 'not') return negate(single());
    if (token !== '(') return atom(token, text);
    const inner = either();
    if (tokens[next++] !== ')')
      throw new Error(`The policy expression '${text}' lacks a closing parenthesis.`);
    return inner;
  }

  const check = either();
  if (next !== tokens.length)
    throw new Error(`The policy expression '${text}' has '${tokens[next]}' where it should end.`);
  return check;
}

const any =
  (a: Check, b: Check): Check =>
  (c, t, r) =>
    a(c, t, r) || b(c, t, r);
const all =
  (a: Check, b: Check): Check =>
  (c, t, r) =>
    a(c, t, r) && b(c, t, r);
const negate =
  (a: Check): Check =>
  (c, t, r) =>
    !a(c, t, r);

function atom(token: string, text: string): Check {
  if (token === '@') return () => true;
  if (token === '!') return () => false;
  const colon = token.indexOf(':');
  if (colon < 1)
    throw new Error(`The policy expression '${text}' has '${token}', which is not of the form kind:match.`);
  const kind = token.slice(0, colon);
  const match = token.slice(colon + 1);
  if (kind === 'role') return (ctx) => ctx.roles.includes(match.toLowerCase());
  if (kind === 'rule') return (ctx, target, rules) => rules.get(match)?.(ctx, target, rules) ?? false;
  if (kind === 'http' || kind === 'https')
    throw new Error(`The policy expression '${text}' asks another server, which is not supported.`);
  const literal = /^(?:'(?<quoted>[^']*)'|"(?<double>[^"]*)"|(?<word>True|False|None|-?\d+))$/.exec(
    kind,
  )?.groups;
  const fixed = literal?.['quoted'] ?? literal?.['double'] ?? literal?.['word'];
  return (ctx, target) => compare(fixed ?? credential(ctx, kind), resolve(match, target));
}

function credential(ctx: Ctx, name: string): string | undefined {
  const known: Record<string, string | undefined> = {
    user_id: ctx.user.id,
    project_id: ctx.project?.id,
    tenant_id: ctx.project?.id,
    user_domain_id: ctx.user.domain.id,
    project_domain_id: ctx.project?.domain.id,
    domain_id: ctx.domainScope?.id,
    system_scope: ctx.systemScope ? 'all' : undefined,
    is_admin: ctx.isAdmin ? 'True' : 'False',
  };
  return known[name];
}

function resolve(match: string, target: PolicyTarget): string | undefined {
  const path = /^%\((.+)\)s$/.exec(match)?.[1];
  if (path === undefined) return match;
  const value = target[path] ?? path.split('.').reduce<unknown>(dig, target);
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
}

const dig = (value: unknown, key: string): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, key)
    ? (value as Record<string, unknown>)[key]
    : undefined;

const compare = (left: string | undefined, right: string | undefined): boolean =>
  left !== undefined && left !== '' && left === right;
