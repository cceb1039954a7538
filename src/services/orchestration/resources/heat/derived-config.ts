import { badRequest } from '#kernel/errors.ts';
import { isList, isMap, textOf, type Json, type JsonMap } from '../../template/json.ts';

/** A software config as its API shows it. */
export interface SourceConfig {
  readonly name: string;
  readonly group: string;
  readonly config: Json;
  readonly options: JsonMap;
  readonly inputs: readonly JsonMap[];
  readonly outputs: readonly JsonMap[];
}

export const NO_CONFIG: SourceConfig = {
  name: '',
  group: 'Heat::Ungrouped',
  config: '',
  options: {},
  inputs: [],
  outputs: [],
};

/** What a deployment adds to its config. */
export interface Sending {
  /** What the derived config is called where nothing else says it. */
  readonly name: string;
  readonly values: JsonMap;
  /** Inputs that say what is going on and where to tell how it went: `deploy_…`. */
  readonly facts: Readonly<Record<string, string>>;
  /** Of structured configs: the word that stands for an input in the map, and whether each must have a value. */
  readonly structured?: { readonly key: string; readonly strict: boolean };
}

/** What a server is given: the config with the values of its inputs. @throws CloudError for a structured one that lacks some */
export function derivedConfig(
  source: SourceConfig,
  { name, values, facts, structured }: Sending,
): SourceConfig {
  const inputs = valuedInputs(source.inputs, values);
  const told = Object.entries(facts).map(([fact, value]) => ({ name: fact, type: 'String', value }));
  const config = structured ? filled(source.config, { inputs, ...structured }) : source.config;
  return { ...source, name: name || source.name, config, inputs: [...inputs, ...told] };
}

/** Those that the config declares, and those that are given besides. */
function valuedInputs(declared: readonly JsonMap[], values: JsonMap): readonly JsonMap[] {
  const names = new Set(declared.map(nameOf));
  const others = Object.entries(values).filter(([name]) => !names.has(name));
  return [
    ...declared.map((input) => ({ ...input, value: values[nameOf(input)] ?? input['default'] ?? null })),
    ...others.map(([name, value]) => ({ name, type: 'String', value })),
  ];
}

const nameOf = (input: JsonMap): string => textOf(input['name'] ?? '');

interface Filling {
  readonly inputs: readonly JsonMap[];
  readonly key: string;
  readonly strict: boolean;
}

/** The map with the values of inputs where `{get_input: name}` stands. */
function filled(value: Json, filling: Filling): Json {
  if (isList(value)) return value.map((item) => filled(item, filling));
  if (!isMap(value)) return value;
  const [[key, inner] = [], ...others] = Object.entries(value);
  if (key === filling.key && others.length === 0 && typeof inner === 'string')
    return inputValue(inner, filling);
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, filled(item, filling)]));
}

function inputValue(name: string, { inputs, strict }: Filling): Json {
  const value = inputs.find((input) => nameOf(input) === name)?.['value'] ?? null;
  if (strict && value === null)
    throw badRequest(`The input values of the deployment lack "${name}".`, { code: 'UserParameterMissing' });
  return value;
}

/** The names of those whose change makes the deployment anew, where it has changed. */
export const replacedBy = (before: readonly JsonMap[], after: readonly JsonMap[]): readonly string[] =>
  after.filter((input) => input['replace_on_change'] === true && hasChanged(input, before)).map(nameOf);

function hasChanged(input: JsonMap, before: readonly JsonMap[]): boolean {
  const old = before.find((one) => nameOf(one) === nameOf(input));
  return old !== undefined && JSON.stringify(old['value']) !== JSON.stringify(input['value']);
}

/** The actions in which something is sent: those of a component's own parts, else what the deployment says. */
export function actionsOf({ group, config }: SourceConfig, said: Json | undefined): ReadonlySet<string> {
  if (group !== 'component') return new Set(isList(said) ? said.map(textOf) : []);
  const parts = isMap(config) && isList(config['configs']) ? config['configs'].filter(isMap) : [];
  return new Set(parts.flatMap(({ actions }) => (actions && isList(actions) ? actions.map(textOf) : [])));
}

const CODE = 'deploy_status_code';

/** How a deployment went, by what the server told: its outputs, and whether one of them says that it failed. */
export function outcomeOf(outputs: readonly JsonMap[], told: JsonMap, before: JsonMap) {
  const declared = outputs.map(nameOf).filter((name) => Object.hasOwn(told, name));
  const failing = outputs.filter((one) => one['error_output'] === true).map(nameOf);
  const code = told[CODE];
  const reasons = declared
    .filter((name) => failing.includes(name))
    .map((name) => `${name} : ${textOf(told[name])}`);
  if (code !== undefined && code !== null && textOf(code) !== '0' && textOf(code) !== '')
    reasons.unshift(`${CODE} : Deployment exited with non-zero status code: ${textOf(code)}`);
  const known = ['deploy_stdout', 'deploy_stderr', CODE].map((name) => [name, told[name] ?? null]);
  const values = Object.fromEntries([
    ...known,
    ...declared.map((name) => [name, told[name] ?? null]),
  ]) as JsonMap;
  return {
    status: reasons.length > 0 ? 'FAILED' : 'COMPLETE',
    status_reason: reasons.length > 0 ? reasons.join(', ') : 'Outputs received',
    output_values: { ...before, ...values },
  };
}
