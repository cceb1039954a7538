export type Algorithm = 'md5' | 'sha256' | 'sha512';

/** What a hashing thread is told of one file. `size`: bytes that are written by now. */
export type HashOrder =
  | {
      readonly type: 'begin';
      readonly job: number;
      readonly path: string;
      readonly algorithm: Algorithm;
    }
  | { readonly type: 'grown' | 'end'; readonly job: number; readonly size: number }
  | { readonly type: 'drop'; readonly job: number };

/** The digest, in hex, or why there is none. */
export type HashAnswer =
  | { readonly job: number; readonly digest: string }
  | { readonly job: number; readonly thrown: unknown };
