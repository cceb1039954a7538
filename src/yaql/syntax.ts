/** An expression, read. `at` is the character where it stands in its source. */
export type Node =
  | { readonly kind: 'literal'; readonly value: null | boolean | number | string; readonly at: number }
  | { readonly kind: 'variable'; readonly name: string; readonly at: number }
  | { readonly kind: 'list'; readonly items: readonly Node[]; readonly at: number }
  | { readonly kind: 'dict'; readonly entries: readonly (readonly [Node, Node])[]; readonly at: number }
  | { readonly kind: 'call'; readonly name: string; readonly args: readonly Argument[]; readonly at: number }
  | (Access & { readonly kind: 'method'; readonly args: readonly Argument[] })
  | (Access & { readonly kind: 'attribute' })
  | { readonly kind: 'index'; readonly on: Node; readonly args: readonly Node[]; readonly at: number }
  | { readonly kind: 'unary'; readonly operator: string; readonly operand: Node; readonly at: number }
  | {
      readonly kind: 'binary';
      readonly operator: string;
      readonly left: Node;
      readonly right: Node;
      readonly at: number;
    };

interface Access {
  readonly on: Node;
  readonly name: string;
  /** `?.`: null of null. */
  readonly safe: boolean;
  readonly at: number;
}

/** `value`, or `key => value`. */
export interface Argument {
  readonly key: Node | null;
  readonly value: Node;
}
