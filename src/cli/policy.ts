import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import { stringify } from 'yaml';
import { systemClock } from '#kernel/clock.ts';
import { systemCtx, type Actor, type Ctx } from '#kernel/context.ts';
import { CloudError } from '#kernel/errors.ts';
import { silentLogger } from '#kernel/log.ts';
import { readPolicyFiles } from '#kernel/policy/files.ts';
import { Policy, type EffectiveRule, type PolicyRule } from '#kernel/policy/policy.ts';
import { hostPaths } from '../deploy/host/paths.ts';
import { print, terminal, type Output } from './output.ts';

/** The rules of each service. */
export type ServiceRules = Readonly<Record<string, readonly PolicyRule[]>>;

const OPTIONS = {
  config: { type: 'string' },
  service: { type: 'string' },
  rule: { type: 'string' },
  user: { type: 'string' },
  project: { type: 'string' },
  domain: { type: 'string' },
  system: { type: 'boolean' },
  role: { type: 'string', multiple: true },
  target: { type: 'string', multiple: true },
} as const;

type Values = ReturnType<typeof parsed>['values'];
const parsed = (args: readonly string[]) =>
  parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true });

/** `hydria policy show|check`: what the rules are, and what they would allow. */
export async function policy(
  args: readonly string[],
  rules: ServiceRules,
  output: Output = terminal,
): Promise<number> {
  const { values, positionals } = parsed(args);
  const [verb, name] = positionals;
  const effective = new Policy(Object.values(rules).flat());
  effective.override(await readPolicyFiles(dirname(values.config ?? hostPaths().config)));
  if (verb === 'show') return show(output, chosen(effective, rules, { service: values.service, name }));
  if (verb === 'check')
    return values.rule === undefined ? sayDoubts(output, effective) : ask(output, effective, values);
  throw new CloudError('bad-request', 'Say `hydria policy show` or `hydria policy check`.');
}

function chosen(
  effective: Policy,
  rules: ServiceRules,
  { service, name }: { readonly service: string | undefined; readonly name: string | undefined },
): readonly EffectiveRule[] {
  const own = service === undefined ? undefined : rules[service];
  if (service !== undefined && !own)
    throw new CloudError('not-found', `There is no service '${service}': ${Object.keys(rules).join(', ')}.`);
  const names = own && new Set(own.map((rule) => rule.name));
  const found = effective
    .list()
    .filter((rule) => (names?.has(rule.name) ?? true) && (name ?? rule.name) === rule.name);
  if (found.length === 0) throw new CloudError('not-found', `There is no rule '${name}'.`);
  return found;
}

/** In the form of policy.yaml: defaults as comments to start from, overrides as they are. */
function show(output: Output, rules: readonly EffectiveRule[]): number {
  for (const { name, check, doc, overrides } of rules) {
    const line = stringify({ [name]: check }, { lineWidth: 0, defaultStringType: 'QUOTE_DOUBLE' }).trimEnd();
    if (doc !== '') print(output, `# ${doc}`);
    if (overrides === undefined) print(output, `#${line}`, '');
    else print(output, overrides === null ? '# Only in the files.' : `# Default: ${overrides}`, line, '');
  }
  return 0;
}

function sayDoubts(output: Output, effective: Policy): number {
  const count = effective.list().filter((rule) => rule.overrides !== undefined).length;
  const doubts = effective.doubts();
  print(
    output,
    `The policy files can be read; they override ${count} rules.`,
    ...doubts.map((doubt) => `doubtful: ${doubt}`),
  );
  return doubts.length === 0 ? 0 : 1;
}

/** @returns 0 when it would be allowed. */
function ask(output: Output, effective: Policy, values: Values): number {
  const rule = values.rule ?? '';
  if (!effective.has(rule)) throw new CloudError('not-found', `There is no rule '${rule}'.`);
  const target = (values.target ?? []).map((pair) => [
    pair.split('=')[0] ?? '',
    pair.slice(pair.indexOf('=') + 1),
  ]);
  const ctx = withAdmin(effective, callerOf(values));
  const allowed =
    target.length > 0
      ? effective.allows(ctx, rule, Object.fromEntries(target) as Record<string, string>)
      : effective.allows(ctx, rule);
  print(output, `${rule}: ${allowed ? 'allowed' : 'denied'}`);
  return allowed ? 0 : 1;
}

const withAdmin = (effective: Policy, ctx: Ctx): Ctx => ({ ...ctx, isAdmin: effective.allows(ctx, 'admin') });

function callerOf({ user, project, domain, role = [], system = false }: Values): Ctx {
  const home = { id: domain ?? 'default', name: domain ?? 'Default' };
  const actor = (id: string): Actor => ({ id, name: id, domain: home });
  return {
    ...systemCtx('req-policy-check', { clock: systemClock, log: silentLogger }),
    user: actor(user ?? ''),
    project: project === undefined ? null : actor(project),
    domainScope: domain !== undefined && project === undefined ? home : null,
    systemScope: system,
    roles: role.flatMap((names) => names.split(',')).map((one) => one.toLowerCase()),
    isAdmin: false,
  };
}
