import { readFileSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { environment } from '#kernel/environment.ts';
import { badRequest, messageOf } from '#kernel/errors.ts';
import { parseEnvFile } from '../../compose-file/env-file.ts';
import type { Project } from '../../compose-file/model.ts';
import { projectNameOf, readProject } from '../../compose-file/project.ts';

export interface ComposeOptions {
  readonly files: readonly string[];
  readonly name: string | undefined;
  readonly profiles: readonly string[];
  readonly envFiles: readonly string[];
}

export interface Loaded {
  readonly project: Project;
  /** What paths in the file are relative to. */
  readonly directory: string;
  readonly profiles: readonly string[];
}

const DEFAULT_FILES = ['compose.yaml', 'compose.yml', 'docker-compose.yaml', 'docker-compose.yml'];
const MAX_BYTES = 1 << 20;

/** Reads and checks all of it, before anything is done. The environment counts before `.env`. */
export function load(options: ComposeOptions): Loaded {
  const paths = options.files.length > 0 ? options.files : [firstOf(DEFAULT_FILES)];
  const directory = dirname(resolve(paths[0] ?? '.'));
  const dotEnv = variablesOf(directory, options.envFiles);
  const variables = (name: string) => environment(name) ?? dotEnv.get(name);
  const project = readProject({
    files: paths.map((path) => ({ path, text: textOf(path) })),
    name: {
      asked: options.name ?? variables('COMPOSE_PROJECT_NAME'),
      otherwise: projectNameOf(basename(directory)),
    },
    variables,
    readText: (path) => textOf(resolve(directory, path)),
  });
  const more = variables('COMPOSE_PROFILES')?.split(',') ?? [];
  return { project, directory, profiles: [...options.profiles, ...more] };
}

function variablesOf(directory: string, envFiles: readonly string[]): ReadonlyMap<string, string> {
  const named = envFiles.map((path) => textOf(path));
  const texts = named.length > 0 ? named : [textIfThere(resolve(directory, '.env')) ?? ''];
  return parseEnvFile(texts.join('\n'), environment);
}

function firstOf(names: readonly string[]): string {
  const found = names.find((name) => textIfThere(name) !== undefined);
  if (found === undefined) throw badRequest(`There is no ${names.join(', no ')} here: say -f FILE.`);
  return found;
}

function textOf(path: string): string {
  const text = textIfThere(path);
  if (text === undefined) throw badRequest(`There is no file ${path}.`);
  return text;
}

function textIfThere(path: string): string | undefined {
  try {
    const text = readFileSync(path, 'utf8');
    if (text.length > MAX_BYTES) throw badRequest(`${path} is larger than ${MAX_BYTES} bytes.`);
    return text;
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw badRequest(`Cannot read ${path}: ${messageOf(thrown)}`, { cause: thrown });
  }
}
