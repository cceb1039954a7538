import { isCode, type Source } from './source.ts';

const MAX_LINES = 500;

/** @returns a line for every file of code that is too long. Functions are measured by the linter. */
export const checkSizes = (sources: readonly Source[]): readonly string[] =>
  sources
    .filter((source) => isCode(source) || source.path.endsWith('.sh'))
    .map(({ path, text }) => ({ path, lines: text.trimEnd().split('\n').length }))
    .filter(({ lines }) => lines > MAX_LINES)
    .map(({ path, lines }) => `${path}: ${lines} lines, ${MAX_LINES} at most: split it where its seams are.`);
