import { badRequest } from '#kernel/errors.ts';
import type { Recipe, Stack } from '../model/stack.ts';
import { isTrue } from '../schema/common.ts';
import type { RecipeFields, StackFields } from '../schema/stack.ts';
import { mergeEnvironments, parseEnvironment } from '../template/environment.ts';
import type { Json, JsonMap } from '../template/json.ts';
import { parseTemplate } from '../template/parse-template.ts';
import type { StackDraft } from './stacks.ts';

type Draft = Omit<StackDraft, 'name'>;

/** A stack as somebody asks for it. @throws CloudError `bad-request` for what cannot be read */
export const newDraft = (fields: StackFields): Draft => ({
  recipe: recipeOf(fields, requiredTemplate(fields)),
  tags: tagsOf(fields.tags) ?? [],
  disableRollback: isTrue(fields.disable_rollback ?? true),
  timeoutMinutes: timeoutOf(fields.timeout_mins) ?? null,
});

/** A change that says all there is to say: only how it is carried out stays as it was. */
export const changedDraft = (before: Stack, fields: StackFields): Draft => ({
  ...newDraft(fields),
  ...ways(before, fields),
});

/** A change of parts: what is not said stays as it was. */
export function patchedDraft(before: Stack, fields: StackFields): Draft {
  const kept = { ...before.recipe, environment: keptEnvironment(before.recipe, fields) };
  return {
    recipe: recipeOf(fields, templateText(fields) ?? before.recipe.template, kept),
    tags: tagsOf(fields.tags) ?? before.tags,
    ...ways(before, fields),
  };
}

const ways = (before: Stack, { disable_rollback, timeout_mins }: StackFields) => ({
  disableRollback:
    disable_rollback === undefined || disable_rollback === null
      ? before.disableRollback
      : isTrue(disable_rollback),
  timeoutMinutes: timeoutOf(timeout_mins) ?? before.timeoutMinutes,
});

/** Without the values that are to be forgotten, and those that the new template does not ask for. */
function keptEnvironment({ environment }: Recipe, fields: StackFields): Recipe['environment'] {
  const cleared = fields.clear_parameters ?? [];
  const text = templateText(fields);
  const known = text === undefined ? undefined : parseTemplate(text).parameters;
  const { parameters, ...others } = parseEnvironment(environment as Json).source;
  const entries = Object.entries(parameters as JsonMap).filter(
    ([name]) => !cleared.includes(name) && known?.has(name) !== false,
  );
  return { ...others, parameters: Object.fromEntries(entries) };
}

/** @throws CloudError `bad-request` when there is no template */
export function requiredTemplate(fields: RecipeFields): string {
  const text = templateText(fields);
  if (text === undefined) throw badRequest('Template not specified');
  return text;
}

function templateText({ template, template_url }: RecipeFields): string | undefined {
  if (template !== undefined && template !== null && template !== '')
    return typeof template === 'string' ? template : JSON.stringify(template);
  // Nothing is fetched for a caller: clients read what they name, and send it.
  if (template_url) throw badRequest('A template_url is not followed: send the template itself.');
  return undefined;
}

/** Template, files and environment as one; `kept` is what they are added to. */
export function recipeOf(fields: RecipeFields, template: string, kept?: Recipe): Recipe {
  if (fields.files_container) throw badRequest('There is no object store to take files from.');
  const files = { ...kept?.files, ...textsOf(fields.files ?? {}) };
  const named = fields.environment_files ?? [];
  const given =
    named.length > 0 ? named.map((name) => fileNamed(files, name)) : [(fields.environment ?? '') as Json];
  const own = { parameters: (fields.parameters ?? {}) as Json };
  const environments = [...(kept ? [kept.environment as Json] : []), ...given, own];
  const merged = mergeEnvironments(environments, parseTemplate(template).parameters);
  return { template, files, environment: merged.source };
}

const textsOf = (files: Readonly<Record<string, unknown>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(files).map(([name, content]) => [
      name,
      typeof content === 'string' ? content : JSON.stringify(content),
    ]),
  );

function fileNamed(files: Readonly<Record<string, string>>, name: string): string {
  const content = Object.hasOwn(files, name) ? files[name] : undefined;
  if (content === undefined) throw badRequest(`The environment file ${name} is not among the files.`);
  return content;
}

const MAX_TAG = 80;

function tagsOf(given: StackFields['tags']): readonly string[] | undefined {
  if (given === undefined || given === null) return undefined;
  const words = Array.isArray(given) ? given : (given as string).split(',');
  const tags = words.map((tag) => tag.trim()).filter((tag) => tag !== '');
  const wrong = tags.find((tag) => tag.length > MAX_TAG || tag.includes(','));
  if (wrong !== undefined)
    throw badRequest(`Invalid tag, "${wrong}" is longer than ${MAX_TAG} characters or holds a comma`);
  return [...new Set(tags)];
}

const A_YEAR = 366 * 24 * 60;

/** Undefined where nothing is said: 0 too. */
function timeoutOf(given: StackFields['timeout_mins']): number | undefined {
  if (given === undefined || given === null || given === '') return undefined;
  const minutes = Number(given);
  if (!Number.isInteger(minutes) || minutes < 0 || minutes > A_YEAR)
    throw badRequest(`Invalid timeout value ${given}`, { code: 'StackValidationFailed' });
  return minutes === 0 ? undefined : minutes;
}
