import { badRequest, type CloudError } from '#kernel/errors.ts';

/** The error for an archive that breaks a rule; `why` names the offending part and goes to the user. */
export const refusal = (why: string, cause?: unknown): CloudError =>
  badRequest(`The image archive is refused: ${why}.`, { code: 'bad-image', cause });

const SHOWN = 120;

/** A name out of an archive, made safe to show: quoted, control characters escaped, not endless. */
export function shown(name: string): string {
  const whole = JSON.stringify(name.slice(0, SHOWN));
  return name.length > SHOWN ? `${whole.slice(0, -1)}…"` : whole;
}
