import { Type } from 'typebox';
import { describe, expect, it } from 'vitest';
import { configReference } from './config-reference.ts';

const rows = (schema: Parameters<typeof configReference>[0]) =>
  configReference(schema)
    .split('\n')
    .filter((line) => line.startsWith('| `'));

describe('the page of the configuration', () => {
  it('has a row for each key, nested ones by their path', () => {
    const schema = Type.Object({
      http: Type.Object({ port: Type.Integer({ minimum: 0, maximum: 9, description: 'Where.' }) }),
      user: Type.Optional(Type.String()),
    });
    expect(rows(schema)).toEqual(['| `http.port` | 0 to 9 | yes | Where. |', '| `user` | text | no |  |']);
  });

  it('shows every alternative, and a pattern in a way that a table takes', () => {
    const schema = Type.Object({
      level: Type.Union([Type.Literal('info'), Type.Literal('warn')]),
      store: Type.Union([Type.Object({ kind: Type.Literal('file') }), Type.Object({ url: Type.String() })]),
      name: Type.String({ pattern: '^(a|b)$' }),
    });
    expect(rows(schema)).toEqual([
      '| `level` | `info`, or `warn` | yes |  |',
      '| `store` | `{ kind: file }`, or `{ url: text }` | yes |  |',
      '| `name` | text like `^(a\\|b)$` | yes |  |',
    ]);
  });
});
