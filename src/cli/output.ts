import { styleText } from 'node:util';
import type { Progress } from '../deploy/host/steps.ts';

/** Where a command writes. Results go to `out`, what goes on meanwhile to `err`. */
export interface Output {
  readonly out: NodeJS.WritableStream;
  readonly err: NodeJS.WritableStream & { readonly isTTY?: boolean };
}

export const terminal: Output = { out: process.stdout, err: process.stderr };

export const print = (output: Output, ...lines: readonly string[]): void =>
  void output.out.write(lines.map((line) => `${line}\n`).join(''));

export const printJson = (output: Output, value: unknown): void =>
  print(output, JSON.stringify(value, null, 2));

/** Signs for people on a terminal, plain words in a log. */
export function showProgress({ err }: Output): Progress {
  const live = err.isTTY === true;
  const line = (sign: string, word: string, text: string) =>
    err.write(live ? `\r\x1b[K${sign} ${text}\n` : `${word} ${text}\n`);
  return {
    begin: (name) => void err.write(live ? `… ${name}` : `start  ${name}\n`),
    end: (name, seconds) => void line(styleText('green', '✓'), 'done  ', `${name} (${seconds.toFixed(1)} s)`),
    fail: (name) => void line(styleText('red', '✗'), 'failed', name),
  };
}

/** Columns as wide as their widest cell. */
export function table(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

/** `3 d 4 h`, `12 min`, `8 s`: the two largest units that matter. */
export function duration(seconds: number): string {
  const units = [
    ['d', 86_400],
    ['h', 3_600],
    ['min', 60],
    ['s', 1],
  ] as const;
  const first = units.findIndex(([, size]) => seconds >= size);
  if (first < 0) return '0 s';
  const parts: string[] = [];
  let rest = seconds;
  for (const [unit, size] of units.slice(first, first + 2)) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count > 0) parts.push(`${count} ${unit}`);
  }
  return parts.join(' ');
}

export const mebibytes = (bytes: number): string => `${Math.round(bytes / 2 ** 20)} MiB`;
