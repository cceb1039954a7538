import { Type } from 'typebox';
import type { Call } from '#kernel/http/route.ts';
import { invalid } from '../model/errors.ts';
import type { Target } from '../model/standard.ts';

export const IdParams = Type.Object({ id: Type.String() });

/** The object of a change; `If-Match: revision_number=5` ties it to a state. */
export function targetOf({ params, headers }: Call<{ id: string }>): Target {
  const condition = headers['if-match'];
  if (condition === undefined) return { id: params.id, revision: null };
  const revision = /^"?revision_number=(\d+)"?$/.exec(condition)?.[1];
  if (revision === undefined)
    throw invalid(`Invalid If-Match: '${condition}' is not of the form revision_number=N.`);
  return { id: params.id, revision: Number(revision) };
}
