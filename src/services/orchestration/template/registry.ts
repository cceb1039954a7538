import { badRequest } from '#kernel/errors.ts';
import { entry, isList, isMap, jsonText, type Json, type JsonMap } from './json.ts';
import { fitsWildcard } from './wildcard.ts';

export const HOOKS = [
  'pre-create',
  'pre-update',
  'pre-delete',
  'post-create',
  'post-update',
  'post-delete',
] as const;
export type Hook = (typeof HOOKS)[number];
export const RESTRICTED_ACTIONS = ['update', 'replace'] as const;
export type RestrictedAction = (typeof RESTRICTED_ACTIONS)[number];

/** What a type of a template stands for: a type that the cloud knows, or a template among the stack's files. */
export type TypeTarget = { readonly type: string } | { readonly template: string };

/** More hops than this go round. */
const MAX_HOPS = 32;

/** The `resource_registry` of an environment: what types stand for, and what is said of single resources. */
export class Registry {
  readonly #types: JsonMap;
  readonly #resources: JsonMap;

  private constructor(types: JsonMap, resources: JsonMap) {
    this.#types = types;
    this.#resources = resources;
  }

  /** @throws CloudError InvalidBreakPointHook, InvalidRestrictedAction, StackValidationFailed. */
  static parse(given: JsonMap): Registry {
    const { resources = {}, ...types } = given;
    if (resources !== null && !isMap(resources))
      throw badRequest('resource_registry.resources must be a map', { code: 'StackValidationFailed' });
    for (const [type, target] of Object.entries(types)) checkTarget(type, target);
    checkResources(resources ?? {}, 'resource_registry.resources');
    return new Registry(types, resources ?? {});
  }

  /** What a type stands for: itself when nothing is said. @throws CloudError when mappings go round. */
  target(type: string, resource?: string): TypeTarget {
    let current = type;
    for (let hop = 0; hop < MAX_HOPS; hop += 1) {
      if (isTemplate(current)) return { template: current };
      const next = this.#next(current, resource);
      if (next === undefined || next === current) return { type: current };
      current = next;
    }
    throw badRequest(`The mappings of the resource type ${type} go round.`, {
      code: 'StackValidationFailed',
    });
  }

  /** What is said of the resource itself, then of the type, then of types like it: the longest pattern counts. */
  #next(type: string, resource: string | undefined): string | undefined {
    const own = resource === undefined ? undefined : entry(this.#resources, resource);
    for (const map of [own, this.#types]) {
      const target = isMap(map) ? targetIn(map, type) : undefined;
      if (target !== undefined) return target;
    }
    return undefined;
  }

  hooks(resource: string): ReadonlySet<Hook> {
    return new Set(this.#said(resource, 'hooks') as Hook[]);
  }

  restrictedActions(resource: string): ReadonlySet<RestrictedAction> {
    return new Set(this.#said(resource, 'restricted_actions') as RestrictedAction[]);
  }

  #said(resource: string, key: string): readonly string[] {
    return this.#matching(resource).flatMap((rules) => textsOf(entry(rules, key) ?? null));
  }

  #matching(resource: string): readonly JsonMap[] {
    return Object.entries(this.#resources)
      .filter(([pattern]) => fitsWildcard(resource, pattern))
      .flatMap(([, rules]) => (isMap(rules) ? [rules] : []));
  }

  /** For the nested stack of a resource: the same types, and what is said below the resource's name. */
  child(resource: string): Registry {
    const own = entry(this.#resources, resource);
    const merged = Object.assign({}, ...this.#matching(resource)) as JsonMap;
    return new Registry(this.#types, isMap(own) ? own : merged);
  }

  /** In the form of environments. */
  toJson(): JsonMap {
    return { ...this.#types, resources: this.#resources };
  }
}

export const isTemplate = (type: string): boolean => type.endsWith('.yaml') || type.endsWith('.template');

const NOT_TYPES = ['hooks', 'restricted_actions', 'base_url'];

function targetIn(types: JsonMap, type: string): string | undefined {
  const exact = NOT_TYPES.includes(type) ? undefined : entry(types, type);
  if (typeof exact === 'string') return exact;
  const patterns = Object.keys(types).filter((one) => one.endsWith('*') && type.startsWith(one.slice(0, -1)));
  for (const pattern of patterns.toSorted((left, right) => right.length - left.length)) {
    const target = types[pattern];
    if (typeof target !== 'string' || target === type) continue;
    return target.endsWith('*') ? target.slice(0, -1) + type.slice(pattern.length - 1) : target;
  }
  return undefined;
}

const textsOf = (value: Json): readonly string[] =>
  typeof value === 'string' ? [value] : isList(value) ? value.map(String) : [];

function checkTarget(type: string, target: Json): void {
  if (target === null || typeof target === 'string') return;
  throw badRequest(
    `resource_registry.${type}: the type must be mapped to a text, not to ${jsonText(target)}`,
    {
      code: 'StackValidationFailed',
    },
  );
}

/** Maps in maps are resources of nested stacks. */
function checkResources(given: JsonMap, path: string): void {
  for (const [key, value] of Object.entries(given)) {
    if (key === 'hooks') checkWords(value, { known: HOOKS, what: HOOK_WORDS });
    else if (key === 'restricted_actions')
      checkWords(value, { known: RESTRICTED_ACTIONS, what: ACTION_WORDS });
    else if (isMap(value)) checkResources(value, `${path}.${key}`);
    else if (value !== null && typeof value !== 'string')
      throw badRequest(`${path}.${key} must be a map or a text`, { code: 'StackValidationFailed' });
  }
}

const HOOK_WORDS = {
  code: 'InvalidBreakPointHook',
  before: 'Invalid hook type',
  after: 'for resource breakpoint, acceptable hook types are:',
};
const ACTION_WORDS = {
  code: 'InvalidRestrictedAction',
  before: 'Invalid restricted_action type',
  after: 'for resource, acceptable restricted_action types are:',
};

function checkWords(
  value: Json,
  { known, what }: { known: readonly string[]; what: typeof HOOK_WORDS },
): void {
  const isWords = typeof value === 'string' || isList(value);
  if (isWords && textsOf(value).every((one) => known.includes(one))) return;
  throw badRequest(`${what.before} "${jsonText(value)}" ${what.after} ${known.join(', ')}`, {
    code: what.code,
  });
}
