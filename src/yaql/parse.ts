import type { Argument, Node } from './syntax.ts';
import { tokensOf, unquoted, yaqlError, type Token } from './tokens.ts';

/** From weak to strong; all but `not` and `->` hold to the left. */
const LEVELS: readonly (readonly string[])[] = [
  ['or'],
  ['and'],
  ['not'],
  ['<', '>', '<=', '>=', '=', '!=', 'in'],
  ['+', '-'],
  ['*', '/', 'mod'],
  ['=~', '!~'],
];
const NOT_LEVEL = 2;
const MAX_DEPTH = 100;
const CONSTANTS: { readonly [name: string]: null | boolean | undefined } = {
  null: null,
  true: true,
  false: false,
};

/** Reads one expression. @throws CloudError with the character. */
export function parse(source: string): Node {
  const parser = new Parser(tokensOf(source));
  return parser.whole();
}

class Parser {
  readonly #tokens: readonly Token[];
  #next = 0;
  #depth = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  whole(): Node {
    const node = this.#expression();
    const { kind, text, at } = this.#token;
    if (kind !== 'end') throw yaqlError(`"${text}" does not belong here`, at);
    return node;
  }

  get #token(): Token {
    return this.#tokens[Math.min(this.#next, this.#tokens.length - 1)] ?? { kind: 'end', text: '', at: 0 };
  }

  #take(): Token {
    const token = this.#token;
    this.#next += 1;
    return token;
  }

  /** Takes this sign if it is the next. */
  #skip(text: string): boolean {
    const { kind, text: found } = this.#token;
    if (kind !== 'sign' || found !== text) return false;
    this.#next += 1;
    return true;
  }

  #expect(text: string): void {
    const { at, kind, text: found } = this.#token;
    if (!this.#skip(text))
      throw yaqlError(`"${text}" is missing before "${kind === 'end' ? 'the end' : found}"`, at);
  }

  /** `context -> expression`, which holds to the right. */
  #expression(): Node {
    this.#depth += 1;
    if (this.#depth > MAX_DEPTH) throw yaqlError('The expression is nested too deeply', this.#token.at);
    const left = this.#level(0);
    const { at } = this.#token;
    const node: Node = this.#skip('->')
      ? { kind: 'binary', operator: '->', left, right: this.#expression(), at }
      : left;
    this.#depth -= 1;
    return node;
  }

  #level(level: number): Node {
    const operators = LEVELS[level];
    if (operators === undefined) return this.#sign();
    if (level === NOT_LEVEL) return this.#not();
    let left = this.#level(level + 1);
    for (let token = this.#token; isOperator(token, operators); token = this.#token) {
      this.#next += 1;
      left = { kind: 'binary', operator: token.text, left, right: this.#level(level + 1), at: token.at };
    }
    return left;
  }

  #not(): Node {
    const { at } = this.#token;
    if (!isOperator(this.#token, ['not'])) return this.#level(NOT_LEVEL + 1);
    return this.#prefix(at, () => this.#not());
  }

  #sign(): Node {
    const { at } = this.#token;
    if (!isOperator(this.#token, ['+', '-'])) return this.#postfix(this.#primary());
    return this.#prefix(at, () => this.#sign());
  }

  #prefix(at: number, operand: () => Node): Node {
    this.#depth += 1;
    if (this.#depth > MAX_DEPTH) throw yaqlError('The expression is nested too deeply', at);
    const node: Node = { kind: 'unary', operator: this.#take().text, operand: operand(), at };
    this.#depth -= 1;
    return node;
  }

  #postfix(node: Node): Node {
    let on = node;
    for (;;) {
      const { at, text } = this.#token;
      if (this.#skip('.') || this.#skip('?.')) on = this.#member(on, { at, safe: text === '?.' });
      else if (this.#skip('[')) on = { kind: 'index', on, args: this.#list(']'), at };
      else return on;
    }
  }

  #member(on: Node, { at, safe }: { at: number; safe: boolean }): Node {
    const { kind, text: name, at: place } = this.#take();
    if (kind !== 'name') throw yaqlError('A name is missing after "."', place);
    if (!this.#skip('(')) return { kind: 'attribute', on, name, safe, at };
    return { kind: 'method', on, name, safe, args: this.#arguments(), at };
  }

  #primary(): Node {
    const { kind, text, at } = this.#take();
    if (kind === 'number') return { kind: 'literal', value: Number(text), at };
    if (kind === 'text') return { kind: 'literal', value: unquoted(text), at };
    if (kind === 'variable') return { kind: 'variable', name: text.slice(1), at };
    if (kind === 'name') return this.#named(text, at);
    if (text === '(') return this.#inParentheses();
    if (text === '[') return { kind: 'list', items: this.#list(']'), at };
    if (text === '{') return { kind: 'dict', entries: this.#dict(), at };
    throw yaqlError(kind === 'end' ? 'The expression ends too early' : `"${text}" does not belong here`, at);
  }

  #inParentheses(): Node {
    const inside = this.#expression();
    this.#expect(')');
    return inside;
  }

  /** A call; a constant; else a word that stands for itself, as keys do. */
  #named(name: string, at: number): Node {
    if (this.#skip('(')) return { kind: 'call', name, args: this.#arguments(), at };
    const constant = Object.hasOwn(CONSTANTS, name) ? CONSTANTS[name] : undefined;
    return { kind: 'literal', value: constant === undefined ? name : constant, at };
  }

  #list(end: string): readonly Node[] {
    return this.#separated(end, () => this.#expression());
  }

  #dict(): readonly (readonly [Node, Node])[] {
    return this.#separated('}', () => {
      const key = this.#expression();
      this.#expect('=>');
      return [key, this.#expression()] as const;
    });
  }

  #arguments(): readonly Argument[] {
    return this.#separated(')', () => {
      const first = this.#expression();
      return this.#skip('=>') ? { key: first, value: this.#expression() } : { key: null, value: first };
    });
  }

  #separated<T>(end: string, read: () => T): readonly T[] {
    const items: T[] = [];
    if (this.#skip(end)) return items;
    do items.push(read());
    while (this.#skip(','));
    this.#expect(end);
    return items;
  }
}

const isOperator = ({ kind, text }: Token, operators: readonly string[]): boolean =>
  (kind === 'sign' || kind === 'name') && operators.includes(text);
