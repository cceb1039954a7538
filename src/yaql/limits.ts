import { badRequest } from '#kernel/errors.ts';

/** What one evaluation may take. */
export interface Limits {
  /** Nodes evaluated and items made. */
  readonly steps: number;
  /** Characters of all texts made. */
  readonly characters: number;
}

export const LIMITS: Limits = { steps: 200_000, characters: 4_000_000 };

/** Counts down. Every loop and every text goes through here, so no expression runs or grows without an end. */
export class Budget {
  #steps: number;
  #characters: number;

  constructor({ steps, characters }: Limits) {
    this.#steps = steps;
    this.#characters = characters;
  }

  steps(count: number): void {
    this.#steps -= count;
    if (!(this.#steps >= 0)) throw badRequest('The expression takes too many steps');
  }

  /** @returns the text. */
  text(text: string): string {
    this.characters(text.length);
    return text;
  }

  /** Before a text is made that may be long. */
  characters(count: number): void {
    this.#characters -= count;
    if (!(this.#characters >= 0)) throw badRequest('The expression makes too much text');
  }
}
