import {
  badRequest,
  CloudError,
  forbidden,
  messageOf,
  notFound,
  unavailable,
  type CloudErrorOptions,
} from '#kernel/errors.ts';
import { ExecError } from '#kernel/exec.ts';

type Make = (message: string, options: CloudErrorOptions) => CloudError;

/** What skopeo says, and what it means: whatever is not here may pass. The first that matches. */
const MEANINGS: readonly [RegExp, Make, string][] = [
  [
    /unauthorized|authentication required|denied|forbidden|\b40[13]\b/i,
    forbidden,
    'its registry refuses it to this login',
  ],
  [/manifest unknown|name unknown|name invalid|\b404\b/i, notFound, 'its registry does not have it'],
  [
    /x509|certificate|HTTP response to HTTPS client/i,
    badRequest,
    'the connection to its registry is not trusted',
  ],
  [
    /digest.*match|does not match|no image found|unsupported|invalid character/i,
    badRequest,
    'what its registry sent is refused',
  ],
];

/** Why an image cannot be pulled, in words for the user. What is not skopeo's stays what it is. */
export function registryFailure(reference: string, thrown: unknown): CloudError {
  if (!(thrown instanceof ExecError)) return CloudError.from(thrown);
  const said = lastWords(thrown.stderr) || messageOf(thrown);
  const [, make, why] = MEANINGS.find(([pattern]) => pattern.test(said)) ?? [
    null,
    unavailable,
    'its registry cannot be reached',
  ];
  return make(`Image ${reference}: ${why} (${said}).`, { cause: thrown });
}

/** The text of skopeo's last message: `… level=fatal msg="…"`. */
function lastWords(stderr: string): string {
  const line = stderr.trim().split('\n').at(-1) ?? '';
  const quoted = /msg=("(?:[^"\\]|\\.)*")/.exec(line)?.[1];
  return quoted === undefined ? line : unquoted(quoted);
}

function unquoted(text: string): string {
  try {
    return String(JSON.parse(text));
  } catch {
    return text;
  }
}
