import { glob, readFile } from 'node:fs/promises';

/** A file of the tree, with its path from the top. */
export interface Source {
  readonly path: string;
  readonly text: string;
}

const NOT_OURS = new Set(['node_modules', '.git', '.tools', '.cache', 'coverage', 'dist']);
const TEXT = /(\.(ts|tsx|sh|md|json|yaml|yml|txt)|\/run|\/hydria)$/;

/** Every text file that people wrote, in order of path. */
export async function readSources(): Promise<readonly Source[]> {
  const paths: string[] = [];
  for await (const entry of glob('**/*', {
    exclude: (entry) => NOT_OURS.has(entry.name),
    withFileTypes: true,
  }))
    if (entry.isFile()) paths.push(relative(entry.parentPath, entry.name));
  const ours = paths.filter((path) => TEXT.test(`/${path}`) && path !== 'package-lock.json').sort();
  return Promise.all(ours.map(async (path) => ({ path, text: await readFile(path, 'utf8') })));
}

const relative = (parent: string, name: string): string =>
  `${parent}/${name}`.slice(process.cwd().length + 1);

export const isCode = ({ path }: Source): boolean => /\.tsx?$/.test(path);

/** Tests, what tests share, and the suites that drivers pass: they may reach further than the program. */
export const isTest = ({ path }: Source): boolean =>
  path.startsWith('test/') || /(\.test\.tsx?|\/contract\.ts)$/.test(path);

const COMMENT_OR_TEXT =
  /\/\/[^\n]*|\/\*[\s\S]*?\*\/|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\[\s\S]|[^`\\])*`/g;

/** The text with comments and literals blanked, lines kept: what is said about code is not code. */
export const codeOnly = (text: string): string =>
  text.replaceAll(COMMENT_OR_TEXT, (found) => found.replaceAll(/[^\n]/g, ' '));

/** `path:line` of a place in a text. */
export const placeOf = ({ path, text }: Source, index: number): string =>
  `${path}:${text.slice(0, index).split('\n').length}`;
