import type { Microversion } from './context.ts';
import { CloudError } from './errors.ts';

/** A service's range of microversions. Source: the API-SIG's microversion specification. */
export interface MicroversionRange {
  /** The word in `OpenStack-API-Version: container 1.40`. */
  readonly word: string;
  readonly min: string;
  readonly max: string;
}

export function parseMicroversion(text: string): Microversion | undefined {
  const match = /^(\d{1,4})\.(\d{1,4})$/.exec(text);
  return match ? { major: Number(match[1]), minor: Number(match[2]) } : undefined;
}

export const formatMicroversion = (version: Microversion): string => `${version.major}.${version.minor}`;

export const compareMicroversions = (a: Microversion, b: Microversion): number =>
  a.major - b.major || a.minor - b.minor;

/** Whether `version` is `since` or newer; `since` is a literal such as `1.32`. */
export const isAtLeast = (version: Microversion, since: string): boolean =>
  compareMicroversions(version, known(since)) >= 0;

/**
 * The version a request asks for. Several comma-separated pairs may come; other services' are passed over, no pair
 * means the minimum.
 * @throws CloudError `unsupported-version` when it is malformed or out of range.
 */
export function negotiateMicroversion(header: string | undefined, range: MicroversionRange): Microversion {
  const asked = header
    ?.split(',')
    .map((pair) => pair.trim().split(/\s+/))
    .find(([word]) => word?.toLowerCase() === range.word);
  if (header !== undefined && header.trim() !== '' && !header.includes(' ')) throw unsupported(header, range);
  if (!asked) return known(range.min);
  if (asked[1]?.toLowerCase() === 'latest') return known(range.max);
  const version = parseMicroversion(asked[1] ?? '');
  if (!version || asked.length !== 2) throw unsupported(header ?? '', range);
  const inRange =
    compareMicroversions(version, known(range.min)) >= 0 &&
    compareMicroversions(version, known(range.max)) <= 0;
  if (!inRange) throw unsupported(formatMicroversion(version), range);
  return version;
}

const known = (text: string): Microversion => parseMicroversion(text) ?? { major: 0, minor: 0 };

const unsupported = (asked: string, range: MicroversionRange): CloudError =>
  new CloudError(
    'unsupported-version',
    `Version ${asked} is not supported by the API. Minimum is ${range.min} and maximum is ${range.max}.`,
    { code: 'microversion-unsupported' },
  );
