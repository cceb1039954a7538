import { badRequest } from '#kernel/errors.ts';
import { isMap, locateIn, readDocument, type SourceFile, type Tree, type TreeMap } from './document.ts';
import { parseEnvFile } from './env-file.ts';
import { Field } from './field.ts';
import { checkReferences } from './references.ts';
import { interpolateTree, type Variables } from './interpolate.ts';
import { merge, spelledOut } from './merge.ts';
import type { Content, Network, Project, Volume } from './model.ts';
import { readService } from './service.ts';

export interface ProjectSource {
  /** In the order of `-f`: later ones over earlier ones. */
  readonly files: readonly { readonly path: string; readonly text: string }[];
  /** The name that counts unless a file says another; `-p` goes before both. */
  readonly name: { readonly asked: string | undefined; readonly otherwise: string };
  readonly variables: Variables;
  /** Text of a file that is named in `env_file` or `extends`. @throws CloudError when there is none. */
  readonly readText: (path: string) => string;
}

const TOP = ['name', 'version', 'services', 'networks', 'volumes', 'secrets', 'configs'];
const NAME = /^[a-z0-9][a-z0-9_-]{0,62}$/;
const MAX_SERVICES = 200;

/** What the files ask for, whole and checked. @throws CloudError `bad-request` that names the file and line. */
export function readProject(source: ProjectSource): Project {
  const files = source.files.map(({ path, text }) => openFile(source, path, text));
  const tree = files.map(({ tree }) => tree as Tree).reduce((below, above) => merge(below, above));
  const root = new Field(tree, [], locateIn(files));
  root.map(TOP);
  const name = source.name.asked ?? root.at('name').text() ?? source.name.otherwise;
  if (!NAME.test(name))
    throw root.at('name').wrong(`'${name}' is no name of a project: a-z, 0-9, _ and - alone.`);
  const notes: string[] = [];
  const services = root.at('services').map();
  if (services.length === 0) throw root.wrong('there are no services.');
  if (services.length > MAX_SERVICES) throw root.at('services').wrong(`there are more than ${MAX_SERVICES}.`);
  const context = {
    variables: source.variables,
    envFile: (field: Field) => readEnvFile(source, field),
    note: (text: string) => void notes.push(text),
  };
  const project: Project = {
    name,
    services: new Map(services.map(([key, field]) => [key, readService(key, field, context)])),
    networks: new Map([
      ['default', { name: `${name}_default`, external: false, internal: false, subnets: [] }],
      ...root
        .at('networks')
        .map()
        .map(([key, field]): [string, Network] => [key, readNetwork(name, key, field)]),
    ]),
    volumes: new Map(
      root
        .at('volumes')
        .map()
        .map(([key, field]) => [key, readVolume(name, key, field)]),
    ),
    secrets: new Map(
      root
        .at('secrets')
        .map()
        .map(([key, field]) => [key, readContent(source, `${name}_${key}`, field)]),
    ),
    configs: new Map(
      root
        .at('configs')
        .map()
        .map(([key, field]) => [key, readContent(source, `${name}_${key}`, field)]),
    ),
    notes,
  };
  checkReferences(project, (service, field) => root.at('services').at(service).at(field));
  return project;
}

/** Variables filled in, short forms spelled out, and what a service extends put under it. */
function openFile(source: ProjectSource, path: string, text: string): SourceFile {
  const { tree, locate } = readDocument(text, path);
  const filled = interpolateTree(tree, source.variables, locate) as TreeMap;
  const services = new Field(filled['services'], ['services'], locate);
  const whole = services
    .map()
    .map(([name, field]) => [name, extended(source, { path, services }, field, [])]);
  return {
    tree: { ...filled, ...(services.isThere && { services: Object.fromEntries(whole) as TreeMap }) },
    locate,
  };
}

interface OpenServices {
  readonly path: string;
  readonly services: Field;
}

function extended(
  source: ProjectSource,
  here: OpenServices,
  field: Field,
  stack: readonly string[],
): TreeMap {
  if (!isMap(field.value)) throw field.wrong('a service must be a mapping.');
  const { extends: _extends, ...own } = field.value;
  const base = field.at('extends');
  if (!base.isThere) return spelledOut(own);
  const name = typeof base.value === 'string' ? base.value : base.at('service').need();
  const file = isMap(base.value) ? base.at('file').text() : undefined;
  const there = file === undefined ? here : openServices(source, file);
  const key = `${there.path}#${name}`;
  if (stack.includes(key)) throw base.wrong(`it extends itself: ${[...stack, key].join(' > ')}.`);
  const found = there.services.at(name);
  if (!found.isThere) throw base.wrong(`there is no service ${name} in ${there.path}.`);
  return merge(extended(source, there, found, [...stack, key]), spelledOut(own)) as TreeMap;
}

function openServices(source: ProjectSource, path: string): OpenServices {
  const { tree, locate } = readDocument(source.readText(path), path);
  const filled = interpolateTree(tree, source.variables, locate) as TreeMap;
  return { path, services: new Field(filled['services'], ['services'], locate) };
}

function readEnvFile(source: ProjectSource, field: Field): ReadonlyMap<string, string> {
  const isLong = isMap(field.value);
  const path = isLong ? field.at('path').need() : field.need();
  try {
    return parseEnvFile(source.readText(path), source.variables);
  } catch (thrown) {
    if (isLong && field.at('required').isThere && !field.at('required').flag()) return new Map();
    throw field.wrong((thrown as Error).message);
  }
}

function readNetwork(project: string, key: string, field: Field): Network {
  field.map([
    'name',
    'external',
    'internal',
    'driver',
    'ipam',
    'attachable',
    'enable_ipv6',
    'labels',
    'driver_opts',
  ]);
  const external = isExternal(field);
  const subnets = field.at('ipam').at('config').list();
  return {
    name: field.at('name').text() ?? (external ? key : `${project}_${key}`),
    external,
    internal: field.at('internal').flag(),
    subnets: subnets.map((subnet) => {
      subnet.map(['subnet', 'gateway', 'ip_range', 'aux_addresses']);
      return { cidr: subnet.at('subnet').need(), gateway: subnet.at('gateway').text() };
    }),
  };
}

/** `external: true`, and of old `external: { name: … }`. */
const isExternal = (field: Field): boolean =>
  isMap(field.at('external').value) || field.at('external').flag();

const MAX_SIZE = 65_536;

function readVolume(project: string, key: string, field: Field): Volume {
  field.map(['name', 'external', 'driver', 'driver_opts', 'labels']);
  const external = isExternal(field);
  const size = field.at('driver_opts').at('size');
  const gibibytes = Number(/^(\d+)\s*(?:g(?:i?b)?)?$/i.exec(size.text() ?? '1')?.[1]);
  if (!(gibibytes >= 1 && gibibytes <= MAX_SIZE)) throw size.wrong(`it is no size in GiB, such as 5g.`);
  return {
    name: field.at('name').text() ?? (external ? key : `${project}_${key}`),
    external,
    size: gibibytes,
    type: field.at('driver_opts').at('type').text(),
  };
}

function readContent(source: ProjectSource, name: string, field: Field): Content {
  field.map(['name', 'external', 'file', 'environment', 'content', 'labels', 'driver']);
  if (isExternal(field))
    return { kind: 'external', name: field.at('name').text() ?? String(field.path.at(-1)) };
  const called = field.at('name').text() ?? name;
  const file = field.at('file').text();
  if (file !== undefined)
    return { kind: 'file', name: called, path: file, place: field.at('file').wrong('').message };
  const variable = field.at('environment').text();
  const text = variable === undefined ? field.at('content').text() : source.variables(variable);
  if (text === undefined) throw field.wrong('it has no file, environment or content that is there.');
  return { kind: 'text', name: called, text };
}

/** A directory's name as a project's. @throws CloudError when nothing of it is left */
export function projectNameOf(directory: string): string {
  const name = directory
    .toLowerCase()
    .replaceAll(/[^a-z0-9_-]/g, '')
    .replace(/^[_-]+/, '');
  if (name === '') throw badRequest('This directory gives the project no name: say -p NAME.');
  return name.slice(0, 63);
}
