import { parseArgs, type ParseArgsOptionDescriptor } from 'node:util';
import { print, terminal } from './output.ts';

/** An option with the words that help has for it. */
export interface Option extends ParseArgsOptionDescriptor {
  /** `N  lines from the end`: what it takes, two blanks, what it does. */
  readonly help: string;
}
export type Options = Readonly<Record<string, Option>>;

type Values<O extends Options> = ReturnType<
  typeof parseArgs<{ options: O; allowPositionals: true; strict: true }>
>['values'];

export interface VerbSpec<O extends Options> {
  /** `run [OPTIONS] IMAGE [COMMAND…]` */
  readonly usage: string;
  readonly options: O;
  /** How many operands there are, at least and at most. */
  readonly operands: readonly [number, number];
  /** What comes after the first operand belongs to a command: options end there. */
  readonly endsAtOperand?: number;
}

/** What was typed cannot be: exit code 2. */
export class UsageError extends Error {
  readonly code = 'ERR_PARSE_ARGS_USAGE';
}

type Verb = (args: readonly string[]) => Promise<number>;

/** A verb that reads its own options, tells them with `--help`, and refuses what it does not know. */
export function verb<O extends Options>(
  spec: VerbSpec<O>,
  run: (values: Values<O>, operands: readonly string[]) => Promise<number>,
): Verb {
  return async (args) => {
    if (optionsOf(spec, args).includes('--help')) {
      print(terminal, ...helpOf(spec));
      return 0;
    }
    const { values, operands } = read(spec, args);
    const [least, most] = spec.operands;
    if (operands.length < least || operands.length > most)
      throw new UsageError(`Usage: hydria ${spec.usage}`);
    return run(values, operands);
  };
}

/** Options, and what is left; never takes a command's own options for its own. */
export function read<O extends Options>(
  spec: Pick<VerbSpec<O>, 'options' | 'endsAtOperand'>,
  args: readonly string[],
): { values: Values<O>; operands: readonly string[] } {
  const { options } = spec;
  const own = optionsOf(spec, args);
  const { values, positionals } = parseArgs({ args: own, options, allowPositionals: true, strict: true });
  return { values, operands: [...positionals, ...args.slice(own.length)] };
}

/** The part of the arguments that is the verb's own. */
function optionsOf<O extends Options>(
  { options, endsAtOperand }: Pick<VerbSpec<O>, 'options' | 'endsAtOperand'>,
  args: readonly string[],
): string[] {
  const all = [...args];
  if (endsAtOperand === undefined) return all;
  const { tokens } = parseArgs({ args: all, options, allowPositionals: true, strict: false, tokens: true });
  const last = tokens.filter(({ kind }) => kind === 'positional')[endsAtOperand - 1];
  return last === undefined ? all : all.slice(0, last.index + 1);
}

function helpOf<O extends Options>({ usage, options }: VerbSpec<O>): readonly string[] {
  const rows = Object.entries(options).map(([name, { short, type, help }]) => {
    const [value, ...words] = type === 'string' ? help.split('  ') : ['', help];
    const long = `--${name}${value ? ` ${value}` : ''}`;
    return [`  ${short === undefined ? '   ' : `-${short},`} ${long}`, words.join('  ')] as const;
  });
  const width = Math.max(0, ...rows.map(([left]) => left.length));
  return [`Usage: hydria ${usage}`, ...rows.map(([left, right]) => `${left.padEnd(width)}  ${right}`)];
}
