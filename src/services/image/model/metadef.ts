import { conflict, forbidden, notFound, type CloudError } from '#kernel/errors.ts';

/** A named set of definitions: what properties and tags mean, for what kinds of resources. */
export interface Namespace {
  readonly id: string;
  readonly name: string;
  readonly displayName: string | null;
  readonly description: string | null;
  readonly visibility: 'public' | 'private';
  readonly protected: boolean;
  /** Project id. */
  readonly owner: string;
  readonly createdAt: string;
  readonly updatedAt: string;
}

export type ItemKind = 'object' | 'property' | 'tag';

/** One definition in a namespace: a property, a group of properties (object), or a tag. */
export interface Item {
  readonly id: string;
  readonly namespaceId: string;
  readonly kind: ItemKind;
  readonly name: string;
  /** All but the name, as it came over the wire. */
  readonly body: Readonly<Record<string, unknown>>;
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** For which kind of resource a namespace is, such as `OS::Glance::Image`. */
export interface Association {
  readonly namespaceId: string;
  readonly resourceType: string;
  /** Stands before the names of properties there. */
  readonly prefix: string | null;
  readonly propertiesTarget: string | null;
  readonly createdAt: string;
  readonly updatedAt: string;
}

export interface ResourceType {
  readonly name: string;
  readonly createdAt: string;
  readonly updatedAt: string;
}

export function assertUnprotected(namespace: Namespace, what: string): void {
  if (namespace.protected)
    throw forbidden(`Metadata definition namespace ${namespace.name} is protected: ${what}.`);
}

export const namespaceNotFound = (name: string): CloudError =>
  notFound(`Metadata definition namespace=${name} was not found.`);
export const namespaceExists = (name: string): CloudError =>
  conflict(`The metadata definition namespace=${name} already exists.`);
export const itemNotFound = (kind: ItemKind, name: string, namespace: string): CloudError =>
  notFound(`Metadata definition ${kind} ${name} was not found in namespace=${namespace}.`);
export const itemExists = (kind: ItemKind, name: string, namespace: string): CloudError =>
  conflict(`A metadata definition ${kind} with name=${name} already exists in namespace=${namespace}.`);
