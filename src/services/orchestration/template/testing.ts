import { badRequest } from '#kernel/errors.ts';
import { resolve, type Expression, type Json, type Scope } from './expression.ts';
import { entry, select, type JsonMap } from './json.ts';
import { missingParameter } from './parameters.ts';
import { parseTemplate } from './parse-template.ts';
import type { Template } from './template.ts';

/** What a test's scope knows. */
export interface World {
  readonly parameters?: JsonMap;
  /** Attributes by resource. */
  readonly resources?: { readonly [name: string]: JsonMap };
  readonly files?: { readonly [name: string]: string };
  readonly conditions?: { readonly [name: string]: boolean };
  readonly facade?: JsonMap;
  readonly mappings?: JsonMap;
}

/** A scope over plain data. What is not there is an error, as in a stack. */
export function scopeOf(world: World): Scope {
  const found = <T>(value: T | undefined, name: string): T => {
    if (value === undefined) throw badRequest(`There is no ${name}`);
    return value;
  };
  return {
    parameter: (name) => {
      const value = entry(world.parameters ?? {}, name);
      if (value === undefined) throw missingParameter(name);
      return value;
    },
    resource: (name) =>
      found(entry(world.resources ?? {}, name), name) === undefined ? null : `id of ${name}`,
    attribute: (name, path) => select(found(entry(world.resources ?? {}, name), name), path),
    file: (name) => found(entry(world.files ?? {}, name), name),
    condition: (name) => found(entry(world.conditions ?? {}, name), name),
    facade: (key) => found(entry(world.facade ?? {}, key), key),
    mapping: (map, key) => select(world.mappings ?? {}, [map, key]),
  };
}

const RESOURCES = { a: { type: 'T' }, b: { type: 'T' } };

/** A template of a version with one output of this value, and the resources `a` and `b`. */
export function templateWith(version: string, value: Json): Template {
  return version.startsWith('cfn')
    ? parseTemplate({
        HeatTemplateFormatVersion: version.slice(4),
        Resources: { a: { Type: 'T' }, b: { Type: 'T' } },
        Outputs: { it: { Value: value } },
      })
    : parseTemplate({ heat_template_version: version, resources: RESOURCES, outputs: { it: { value } } });
}

export const expressionOf = (version: string, value: Json): Expression =>
  templateWith(version, value).outputs.get('it')?.value ?? null;

/** What a value of a template of this version becomes. */
export const valueOf = (version: string, value: Json, world: World = {}): Json =>
  resolve(expressionOf(version, value), scopeOf(world));
