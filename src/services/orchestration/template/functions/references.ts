import {
  isExpressions,
  knownBeforehand,
  type Call,
  type Evaluation,
  type Expression,
  type ReferenceCollector,
} from '../expression.ts';
import { entry, isList, isMap, type Json } from '../json.ts';
import { parts, textOf } from './arguments.ts';
import type { IntrinsicFunction } from './function.ts';

/** `get_param: name`, or `[name, key or index …]`. A path that leads nowhere is ''. */
export const getParam: IntrinsicFunction = {
  doc: 'The value of a parameter, or what stands in it at a path: name, or [name, key or index, …].',
  resolve: (call, evaluation) => {
    const given = evaluation.value(call.argument);
    if (given === null || given === '' || (isList(given) && given.length === 0))
      throw call.error(`Function "${call.name}" must have arguments`);
    if (typeof given !== 'string' && !isList(given))
      throw call.error(`Argument to "${call.name}" must be string or list`);
    const [name = null, ...path] = typeof given === 'string' ? [given] : given;
    const parameter = textOf(call, name, `Parameter name in "${call.name}" must be string`);
    return path.reduce<Json | undefined>(step, evaluation.scope.parameter(parameter)) ?? '';
  },
};

/** Undefined where the path leads nowhere, and from there on. */
function step(value: Json | undefined, key: Json): Json | undefined {
  if (typeof key !== 'string' && typeof key !== 'number') return undefined;
  if (isMap(value)) return entry(value, String(key));
  if (!isList(value) || !/^-?\d+$/.test(String(key))) return undefined;
  return value.at(Number(key));
}

/** The name of a resource must be known before there are resources: the order in which they are made comes from it. */
function resourceName(call: Call, expression: Expression, evaluation: Evaluation): string {
  const name = knownBeforehand(expression, evaluation.scope);
  if (name === undefined)
    throw call.error(`The resource name in "${call.name}" may not depend on another resource`);
  return textOf(call, name, `Resource name in "${call.name}" must be a string`);
}

export const getResource: IntrinsicFunction = {
  doc: 'The reference id of a resource of this template, by its name.',
  resolve: (call, evaluation) => evaluation.scope.resource(resourceName(call, call.argument, evaluation)),
  references: (call, collector) => {
    const name = collector.known(call.argument);
    if (typeof name === 'string') collector.resource(name);
  },
};

const nameAndPath = (call: Call): readonly Expression[] =>
  isExpressions(call.argument) ? call.argument : [];

function attributeReferences(call: Call, collector: ReferenceCollector): void {
  const [resource = null, ...path] = nameAndPath(call);
  collector.visit(call.argument);
  const name = collector.known(resource);
  if (typeof name !== 'string') return;
  const keys = path.map((part) => collector.known(part));
  const unknown = keys.findIndex((key) => typeof key !== 'string' && typeof key !== 'number');
  collector.attribute(name, (unknown < 0 ? keys : keys.slice(0, unknown)) as (string | number)[]);
}

function attribute(call: Call, evaluation: Evaluation): Json {
  const [resource = null, ...path] = nameAndPath(call);
  const name = resourceName(call, resource, evaluation);
  const keys = path.map((part) => evaluation.value(part));
  // A key that another resource has not said yet leads nowhere yet.
  if (keys.includes(null)) return null;
  if (!keys.every((key) => typeof key === 'string' || typeof key === 'number'))
    throw call.error(`Path components in "${call.name}" must be strings`);
  return evaluation.scope.attribute(name, keys);
}

/** `least` is the shortest list that it takes: a name alone asks for all attributes. */
const attributeFunction = (doc: string, form: (name: string) => string, lengths: [number, number]) => ({
  doc,
  check: (call: Call) => {
    if (!isExpressions(call.argument)) throw call.error(`Argument to "${call.name}" must be a list`);
    parts(call, form(call.name), lengths);
  },
  resolve: attribute,
  references: attributeReferences,
});

export const getAttr: IntrinsicFunction = attributeFunction(
  'An attribute of a resource, or what stands in it at a path: [resource, attribute, key or index, …].',
  (name) => `Arguments to "${name}" must be of the form [resource_name, attribute, (path), ...]`,
  [2, Infinity],
);

/** Since 2015-10-15 a resource alone means all that it has to say. */
export const getAttrOrAll: IntrinsicFunction = attributeFunction(
  'An attribute of a resource, or what stands in it at a path: [resource, attribute, …]; all of them: [resource].',
  (name) =>
    `Arguments to "${name}" can be of the next forms: [resource_name] or [resource_name, attribute, (path), ...]`,
  [1, Infinity],
);

const FN_GET_ATT_FORM = 'must be of the form [resource_name, attribute]';
const fnGetAttList = attributeFunction('', (name) => `Arguments to "${name}" ${FN_GET_ATT_FORM}`, [2, 2]);

export const fnGetAtt: IntrinsicFunction = {
  ...fnGetAttList,
  doc: 'An attribute of a resource: [resource, attribute].',
};

/** CFN's `Ref` is a parameter or a resource; which one says the template, where it is read. */
export const refResource: IntrinsicFunction = {
  ...getResource,
  doc: 'A parameter, or the reference id of a resource.',
};
export const refParameter: IntrinsicFunction = {
  doc: 'The value of a parameter.',
  resolve: (call, evaluation) => {
    const name = evaluation.value(call.argument);
    return evaluation.scope.parameter(textOf(call, name, `Argument to "${call.name}" must be a string`));
  },
};

export const getFile: IntrinsicFunction = {
  doc: 'The content of a file that came with the template.',
  resolve: (call, evaluation) => {
    const name = evaluation.value(call.argument);
    return evaluation.scope.file(textOf(call, name, `Argument to "${call.name}" must be a string`));
  },
};

type FacadeKey = 'metadata' | 'deletion_policy' | 'update_policy';

const facade = (keys: { readonly [given: string]: FacadeKey }): IntrinsicFunction => {
  const keyOf = (call: Call) =>
    typeof call.argument === 'string' ? entry<FacadeKey>(keys, call.argument) : undefined;
  return {
    doc: 'What the resource that stands for this template in its parent says.',
    check: (call) => {
      if (keyOf(call) === undefined)
        throw call.error(
          `Incorrect arguments to "${call.name}" should be one of: ${Object.keys(keys).join(', ')}`,
        );
    },
    resolve: (call, evaluation) => evaluation.scope.facade(keyOf(call) ?? 'metadata'),
  };
};

export const resourceFacade = facade({
  metadata: 'metadata',
  deletion_policy: 'deletion_policy',
  update_policy: 'update_policy',
});

export const fnResourceFacade = facade({
  Metadata: 'metadata',
  DeletionPolicy: 'deletion_policy',
  UpdatePolicy: 'update_policy',
});
