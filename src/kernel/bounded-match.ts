import { createContext, Script, type Context } from 'node:vm';

/** A pattern that computes for longer than this about one value is one that never ends. */
const LIMIT_MS = 100;

let context: Context | undefined;
const SCRIPT = new Script('new RegExp(pattern, flags).test(value)');

/**
 * Whether a stranger's pattern matches the whole of a value, with the time that it may take bounded.
 * @throws Error when the pattern cannot be read, or takes too long.
 */
export function matchesWhole(pattern: string, value: string): boolean {
  const { source, flags } = fromPython(pattern);
  return run({ pattern: `^(?:${source})$`, flags, value });
}

/** The same for a part of the value. */
export function matchesSomewhere(pattern: string, value: string): boolean {
  const { source, flags } = fromPython(pattern);
  return run({ pattern: source, flags, value });
}

function run(input: { pattern: string; flags: string; value: string }): boolean {
  context ??= createContext(Object.create(null) as object);
  Object.assign(context, input);
  const before = process.threadCpuUsage();
  for (;;) {
    try {
      return SCRIPT.runInContext(context, { timeout: LIMIT_MS }) as boolean;
    } catch (thrown) {
      // The limit is one of the clock on the wall: on a busy machine others may have had that time.
      if (!isTimeout(thrown) || computedSince(before) >= LIMIT_MS) throw thrown;
    }
  }
}

const isTimeout = (thrown: unknown): boolean =>
  (thrown as NodeJS.ErrnoException).code === 'ERR_SCRIPT_EXECUTION_TIMEOUT';

function computedSince(before: NodeJS.CpuUsage): number {
  const { user, system } = process.threadCpuUsage(before);
  return (user + system) / 1_000;
}

/** @throws Error when the pattern cannot be read. */
export function checkPattern(pattern: string): void {
  const { source, flags } = fromPython(pattern);
  new RegExp(source, flags).test('');
}

/** Templates have Python's patterns: named groups, ends of the text, and flags in front are spelled in another way there. */
function fromPython(pattern: string): { source: string; flags: string } {
  const inline = /^\(\?([aimsux]+)\)/.exec(pattern);
  const source = pattern
    .slice(inline?.[0].length ?? 0)
    .replaceAll(/\\[\s\S]|\(\?P<|\(\?P=(\w+)\)/g, (found, name: string | undefined) => {
      if (found === String.raw`\A`) return '^';
      if (found === String.raw`\Z`) return '$';
      if (found === '(?P<') return '(?<';
      return name === undefined ? found : String.raw`\k<${name}>`;
    });
  return { source, flags: (inline?.[1] ?? '').replaceAll(/[^ims]/g, '') };
}
