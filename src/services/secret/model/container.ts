import { badRequest, conflict } from '#kernel/errors.ts';
import type { Guarded } from './access.ts';

export const CONTAINER_TYPES = ['generic', 'rsa', 'certificate'] as const;
export type ContainerType = (typeof CONTAINER_TYPES)[number];

/** A secret in a container, under the name that it has there. */
export interface Member {
  readonly name: string | null;
  readonly secretId: string;
}

export interface Container extends Guarded {
  readonly name: string | null;
  readonly type: ContainerType;
  readonly members: readonly Member[];
}

/** Names that a type must and may hold; a generic container takes any. */
const SHAPES: Readonly<Record<ContainerType, { must: readonly string[]; may: readonly string[] } | null>> = {
  generic: null,
  rsa: { must: ['public_key', 'private_key'], may: ['private_key_passphrase'] },
  certificate: { must: ['certificate'], may: ['private_key', 'private_key_passphrase', 'intermediates'] },
};

/** @throws CloudError `bad-request` when these secrets do not make a container of the type. */
export function assertShape(type: ContainerType, members: readonly Member[]): void {
  assertDistinct(members);
  const shape = SHAPES[type];
  if (shape === null) return;
  const names = members.map(({ name }) => name);
  const missing = shape.must.filter((name) => !names.includes(name));
  if (missing.length > 0) throw badRequest(`A container of type '${type}' needs ${missing.join(' and ')}.`);
  const strange = names.filter((name) => name === null || ![...shape.must, ...shape.may].includes(name));
  if (strange.length > 0)
    throw badRequest(`A container of type '${type}' may not hold '${strange.join("', '")}'.`);
  const passphrase = names.includes('private_key_passphrase');
  if (passphrase && !names.includes('private_key'))
    throw badRequest("A container with 'private_key_passphrase' needs 'private_key'.");
}

function assertDistinct(members: readonly Member[]): void {
  const names = members.flatMap(({ name }) => (name === null ? [] : [name]));
  if (new Set(names).size < names.length) throw badRequest('Duplicate reference names are not allowed.');
  if (new Set(members.map(({ secretId }) => secretId)).size < members.length)
    throw badRequest('Duplicate secret ids are not allowed.');
}

/** @throws CloudError `bad-request`, `conflict` */
export function addMember({ type, members }: Container, added: Member): readonly Member[] {
  assertGeneric(type);
  if (members.some(({ name, secretId }) => secretId === added.secretId && name === added.name))
    throw conflict('Conflict. A secret with that name and ID is already stored in this container.');
  const wider = [...members, added];
  assertDistinct(wider);
  return wider;
}

/** @returns the others; undefined when it is not among them. */
export function removeMember({ type, members }: Container, gone: Member): readonly Member[] | undefined {
  assertGeneric(type);
  const rest = members.filter(
    ({ name, secretId }) => secretId !== gone.secretId || (gone.name !== null && name !== gone.name),
  );
  return rest.length === members.length ? undefined : rest;
}

function assertGeneric(type: ContainerType): void {
  if (type !== 'generic')
    throw badRequest('Only generic containers can be modified: the secrets of this one belong together.');
}
