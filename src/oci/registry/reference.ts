import { badRequest } from '#kernel/errors.ts';

/** An image in a registry, as `docker pull` names it. */
export interface ImageReference {
  /** Host and perhaps port. */
  readonly domain: string;
  /** Below the domain: `library/busybox`. */
  readonly path: string;
  /** Of a digest (`sha256:…`) alone, or of a tag alone: what has both is known by its digest. */
  readonly digest: string | null;
  readonly tag: string | null;
}

const NAME_LENGTH = 255;
const LABEL = '[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?';
const DOMAIN = new RegExp(`^(?:${LABEL}(?:\\.${LABEL})*|\\[[0-9a-fA-F:]+\\])(?::[0-9]{1,5})?$`);
const PATH = /^[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*$/;
const TAG = /^\w[\w.-]{0,127}$/;
const DIGEST = /^sha256:[0-9a-f]{64}$/;

/**
 * Reads a name as Docker does: the part before the first slash is a registry when it has a dot or a port, or is `localhost`;
 * the tag is `latest` where there is neither tag nor digest.
 * @param home the registry of names that have none, perhaps with a path: `registry.example/mirror`
 * @throws CloudError `bad-request`
 */
export function parseReference(text: string, home: string | null): ImageReference {
  if (domainOf(text) === null && home === null)
    throw badRequest(
      `Image ${text} names no registry, and this cloud has no default one: write it as registry/name:tag, or ask the ` +
        'operator for containers.defaultRegistry.',
    );
  const whole = domainOf(text) === null ? `${home}/${text}` : text;
  const domain = domainOf(whole) ?? '';
  const { path, tag, digest } = splitName(whole.slice(domain.length + 1));
  const sound =
    DOMAIN.test(domain) &&
    PATH.test(path) &&
    domain.length + path.length < NAME_LENGTH &&
    (tag === null || TAG.test(tag)) &&
    (digest === null || DIGEST.test(digest));
  if (!sound) throw badRequest(`${JSON.stringify(text)} is no name of an image in a registry.`);
  return { domain, path, digest, tag: digest === null ? (tag ?? 'latest') : null };
}

/** The same image by another name: in full, or exactly one state of it. */
export const referenceText = ({ domain, path, tag, digest }: ImageReference): string =>
  digest === null ? `${domain}/${path}:${tag}` : `${domain}/${path}@${digest}`;

/** The registry that a name says, if it says one. */
export function domainOf(text: string): string | null {
  const slash = text.indexOf('/');
  const first = text.slice(0, Math.max(0, slash));
  return /[.:]|^localhost$/.test(first) ? first : null;
}

function splitName(name: string): { path: string; tag: string | null; digest: string | null } {
  const [tagged = '', ...digest] = name.split('@');
  const [path = '', ...tag] = tagged.split(':');
  return { path, tag: joined(tag, ':'), digest: joined(digest, '@') };
}

const joined = (parts: readonly string[], by: string): string | null =>
  parts.length === 0 ? null : parts.join(by);
