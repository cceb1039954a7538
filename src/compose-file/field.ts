import type { CloudError } from '#kernel/errors.ts';
import { shellWords } from '#kernel/shell-words.ts';
import { isMap, type Tree } from './document.ts';
import { problem, type Locate, type Path } from './problem.ts';

/** A value and where it stands: reads it as what it should be, and says where it is not. */
export class Field {
  readonly value: Tree | undefined;
  readonly path: Path;
  readonly #locate: Locate;

  constructor(value: Tree | undefined, path: Path, locate: Locate) {
    this.value = value;
    this.path = path;
    this.#locate = locate;
  }

  wrong(why: string): CloudError {
    return problem(this.#locate, this.path, why);
  }

  get isThere(): boolean {
    return this.value !== undefined && this.value !== null;
  }

  at(key: string | number): Field {
    const inside = (this.value as Readonly<Record<string | number, Tree>> | null | undefined)?.[key];
    return new Field(inside, [...this.path, key], this.#locate);
  }

  /** @throws CloudError when it is there and no mapping, or has keys that nobody knows. */
  map(known?: readonly string[]): readonly (readonly [string, Field])[] {
    if (!this.isThere) return [];
    if (!isMap(this.value)) throw this.wrong('it must be a mapping.');
    const keys = Object.keys(this.value).filter((key) => !key.startsWith('x-'));
    const strange = known && keys.find((key) => !known.includes(key));
    if (strange !== undefined)
      throw this.at(strange).wrong(`there is no such key here; known are ${known?.join(', ')}.`);
    return keys.map((key) => [key, this.at(key)]);
  }

  list(): readonly Field[] {
    if (!this.isThere) return [];
    if (!Array.isArray(this.value)) throw this.wrong('it must be a list.');
    return (this.value as readonly Tree[]).map((_, index) => this.at(index));
  }

  /** Numbers and booleans are texts too. */
  text(): string | undefined {
    if (!this.isThere) return undefined;
    if (typeof this.value === 'object') throw this.wrong('it must be text.');
    return String(this.value);
  }

  need(): string {
    const text = this.text();
    if (text === undefined || text === '') throw this.wrong('it is missing.');
    return text;
  }

  one<T extends string>(of: readonly T[]): T | undefined {
    const text = this.text();
    if (text === undefined || of.includes(text as T)) return text as T | undefined;
    throw this.wrong(`'${text}' is none of ${of.join(', ')}.`);
  }

  flag(): boolean {
    return this.one(['true', 'false']) === 'true';
  }

  number(least: number, most: number): number | undefined {
    const text = this.text();
    if (text === undefined) return undefined;
    const value = text === '' ? Number.NaN : Number(text);
    if (!(value >= least && value <= most))
      throw this.wrong(`'${text}' is no number from ${least} to ${most}.`);
    return value;
  }

  whole(least: number, most: number): number | undefined {
    const value = this.number(least, most);
    if (value !== undefined && !Number.isInteger(value)) throw this.wrong(`${value} is no whole number.`);
    return value;
  }

  texts(): string[] {
    return this.list().map((item) => item.need());
  }

  /** A command: words, or one text that is split as a shell would. */
  words(): string[] | undefined {
    if (!this.isThere) return undefined;
    if (Array.isArray(this.value)) return this.list().map((item) => item.text() ?? '');
    return shellWords(this.need());
  }

  /** Without a value, the name alone counts. */
  pairs(valueOf: (name: string) => string | undefined): Record<string, string> {
    return Object.fromEntries(
      this.map().flatMap(([name, field]) => {
        const value = field.isThere ? (field.text() ?? '') : valueOf(name);
        return value === undefined ? [] : [[name, value]];
      }),
    );
  }

  /** `1m30s` in seconds; a plain number counts them. */
  seconds(): number | undefined {
    const text = this.text();
    if (text === undefined) return undefined;
    const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(us|ms|s|m|h|d)/g)];
    if (/^\d+(\.\d+)?$/.test(text)) return Number(text);
    if (parts.length === 0 || parts.map(([part]) => part).join('') !== text)
      throw this.wrong(`'${text}' is no time, such as 30s or 1m30s.`);
    const units: Readonly<Record<string, number>> = { us: 1e-6, ms: 1e-3, s: 1, m: 60, h: 3600, d: 86_400 };
    return parts.reduce((sum, [, count, unit = '']) => sum + Number(count) * (units[unit] ?? 0), 0);
  }

  /** `512m` in MiB; a plain number counts bytes. */
  mebibytes(): number | undefined {
    const text = this.text();
    if (text === undefined) return undefined;
    const [, count, unit = 'b'] = /^(\d+(?:\.\d+)?)\s*([bkmgt])?(?:i?b)?$/i.exec(text) ?? [];
    if (count === undefined) throw this.wrong(`'${text}' is no size, such as 512m or 2g.`);
    const power = 'bkmgt'.indexOf(unit.toLowerCase()) - 2;
    return Math.max(1, Math.ceil(Number(count) * 1024 ** power));
  }
}
