import { badRequest, conflict, forbidden } from '#kernel/errors.ts';
import { CONTAINER_FORMATS, DISK_FORMATS, type Image, type Visibility } from './image.ts';

/** One change of an image: RFC 6902 of depth one, in both forms that Glance takes. */
export interface PatchOperation {
  readonly op: 'add' | 'replace' | 'remove';
  readonly path: string;
  readonly value?: unknown;
}

type Change = Partial<Image>;
type Field = { readonly read: (image: Image) => unknown; readonly write: (value: unknown) => Change };

const READ_ONLY = new Set(
  'id status size virtual_size checksum os_hash_algo os_hash_value created_at updated_at self file schema direct_url locations stores'.split(
    ' ',
  ),
);
const REMOVABLE = new Set(['name', 'tags', 'disk_format', 'container_format']);

const text = (name: string, value: unknown, limit = 255): string => {
  if (typeof value !== 'string' || value.length > limit)
    throw invalid(name, `a text of at most ${limit} characters`);
  return value;
};
const invalid = (name: string, wanted: string) =>
  badRequest(`Invalid value for '${name}': it must be ${wanted}.`);

const flagField = (name: string, key: 'hidden' | 'protected'): Field => ({
  read: (image) => image[key],
  write: (value) => {
    if (typeof value !== 'boolean') throw invalid(name, 'true or false');
    return { [key]: value };
  },
});
const countField = (name: string, key: 'minRam' | 'minDisk'): Field => ({
  read: (image) => image[key],
  write: (value) => {
    if (!Number.isInteger(value) || (value as number) < 0 || (value as number) > 2 ** 31 - 1)
      throw invalid(name, 'a whole number from 0');
    return { [key]: value as number };
  },
});
const choiceField = (
  name: string,
  key: 'diskFormat' | 'containerFormat' | 'visibility',
  choices: readonly string[],
): Field => ({
  read: (image) => image[key],
  write: (value) => {
    if (value === null && key !== 'visibility') return { [key]: null };
    if (typeof value !== 'string' || !choices.includes(value))
      throw invalid(name, `one of ${choices.join(', ')}`);
    return { [key]: value as Visibility };
  },
});

/** The writable attributes by their wire names; any other name is a custom property. */
const FIELDS: Readonly<Record<string, Field>> = {
  name: {
    read: (image) => image.name,
    write: (value) => ({ name: value === null ? null : text('name', value) }),
  },
  visibility: choiceField('visibility', 'visibility', ['public', 'private', 'shared', 'community']),
  disk_format: choiceField('disk_format', 'diskFormat', DISK_FORMATS),
  container_format: choiceField('container_format', 'containerFormat', CONTAINER_FORMATS),
  os_hidden: flagField('os_hidden', 'hidden'),
  protected: flagField('protected', 'protected'),
  min_ram: countField('min_ram', 'minRam'),
  min_disk: countField('min_disk', 'minDisk'),
  owner: { read: (image) => image.owner, write: (value) => ({ owner: text('owner', value) }) },
  tags: {
    read: (image) => image.tags,
    write: (value) => {
      if (!Array.isArray(value)) throw invalid('tags', 'a list of texts');
      return { tags: [...new Set(value.map((tag) => text('tags', tag)))] };
    },
  },
};

/** The image with one attribute written. @throws CloudError `forbidden` for a read-only one, `bad-request` for a wrong value. */
export function writeAttribute(image: Image, name: string, value: unknown): Image {
  if (READ_ONLY.has(name)) throw forbidden(`Attribute '${name}' is read-only.`);
  const field = Object.hasOwn(FIELDS, name) ? FIELDS[name] : undefined;
  if (field) return { ...image, ...field.write(value) };
  if (name.length > 255 || name === '') throw badRequest('The name of a property has 1 to 255 characters.');
  assertNotReserved(name);
  return { ...image, properties: { ...image.properties, [name]: text(name, value, 65_535) } };
}

/** What tells of imports is ours to write. */
const RESERVED = 'os_glance_';
function assertNotReserved(name: string): void {
  if (name.startsWith(RESERVED)) throw forbidden(`Attribute '${name}' is reserved.`);
}

/** @throws CloudError `conflict` when the attribute to be replaced or removed is not there. */
export function applyPatch(image: Image, operations: readonly PatchOperation[]): Image {
  return operations.reduce(applyOperation, image);
}

function applyOperation(image: Image, { op, path, value }: PatchOperation): Image {
  const name = attributeOf(path);
  const present = Object.hasOwn(FIELDS, name) || Object.hasOwn(image.properties, name);
  if (op !== 'add' && !present && !READ_ONLY.has(name)) throw conflict(`Property '${name}' does not exist.`);
  return op === 'remove' ? removeAttribute(image, name) : writeAttribute(image, name, value);
}

function removeAttribute(image: Image, name: string): Image {
  if (READ_ONLY.has(name)) throw forbidden(`Attribute '${name}' is read-only.`);
  if (name === 'tags') return { ...image, tags: [] };
  if (Object.hasOwn(FIELDS, name)) {
    if (!REMOVABLE.has(name)) throw forbidden(`Property '${name}' may not be removed.`);
    return writeAttribute(image, name, null);
  }
  assertNotReserved(name);
  const { [name]: _removed, ...properties } = image.properties;
  return { ...image, properties };
}

function attributeOf(path: string): string {
  const parts = path.split('/').slice(1);
  if (!path.startsWith('/') || parts.length !== 1 || parts[0] === '') {
    throw badRequest(`Invalid JSON pointer '${path}': it must name one attribute.`);
  }
  return (parts[0] ?? '').replaceAll('~1', '/').replaceAll('~0', '~');
}

const OPS = ['add', 'replace', 'remove'];

/** Operations as the client sent them: `{"op":"add","path":"/x","value":1}`, or the older `{"add":"/x","value":1}`. */
export function parsePatch(body: unknown): PatchOperation[] {
  if (!Array.isArray(body)) throw badRequest('The request body must be a list of operations.');
  return body.map((entry: unknown) => {
    const operation = (typeof entry === 'object' && entry !== null ? entry : {}) as Record<string, unknown>;
    const op = operation['op'] ?? OPS.find((name) => name in operation);
    const path = operation['path'] ?? (typeof op === 'string' ? operation[op] : undefined);
    if ((op !== 'add' && op !== 'replace' && op !== 'remove') || typeof path !== 'string') {
      throw badRequest('Each operation has an op (add, replace or remove) and a path.');
    }
    if (op !== 'remove' && !('value' in operation)) throw badRequest(`Operation '${op}' needs a value.`);
    return { op, path, value: operation['value'] };
  });
}
